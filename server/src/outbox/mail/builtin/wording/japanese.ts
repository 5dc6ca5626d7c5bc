import type { Wording } from '../wording.ts';

export const japanese: Wording = {
  language: 'ja',
  colon: '：',
  linkHint: 'ボタンが動作しない場合は、次のURLをブラウザーに貼り付けてください。',
  validUntil: '有効期限',
  invitation: {
    subject: '{inviter}さんから{organization}への招待が届いています',
    subjectAlone: '{organization}への招待が届いています',
    title: '{organization}へのご招待',
    body: '{inviter}さんが、あなたを{organization}のメンバーとして招待しました。招待を承諾すると、すぐにご利用を始められます。',
    bodyAlone: '{organization}のメンバーとして招待されました。招待を承諾すると、すぐにご利用を始められます。',
    button: '招待を承諾する',
    invitedBy: '招待者',
    role: 'ロール',
    roles: 'ロール',
    note: '{inviter}さんからのメッセージ',
    noteAlone: 'メッセージ',
    why: 'このメールは、{organization}への招待の宛先としてあなたのメールアドレスが入力されたため、お送りしています。',
    ignore:
      'お心当たりがない場合は、このメールを無視していただいて問題ありません。承諾されない限り、何も変わりません。',
  },
  code: {
    subject: '確認コードのお知らせ',
    title: '確認コード',
    body: '続けるには、次のコードを入力してください。このコードは誰にも教えないでください。',
    linkSubject: 'お手続きの続き',
    linkTitle: 'お手続きの続き',
    linkBody: '続けるには、次のリンクを開いてください。',
    button: '続ける',
    why: 'このメールは、あなたのメールアドレスが入力されたため、お送りしています。',
    ignore: 'お心当たりがない場合は、このメールを無視していただいて問題ありません。',
  },
};

import type { JoinWording } from '../join.ts';

export const japanese: JoinWording = {
  title: '{organization} に参加',
  signIn:
    'このリンクから {organization} に参加できます。リンクだけでは参加できないため、先にサインインしてください。',
  signInToAsk: 'このリンクから {organization} への参加を申請できます。先にサインインしてください。',
  signInButton: 'サインインして続ける',
  ready: '{person} としてサインインしています。{organization} に参加できます。',
  join: '参加する',
  askFirst: '{person} としてサインインしています。参加できるかどうかは {organization} の担当者が決めます。',
  ask: '参加を申請する',
  asked: '{organization} への参加を申請しました。結果が決まり次第、メールでお知らせします。',
  address: 'まず {person} がご自分のアドレスであることを確認してください。コードをお送りします。',
  addressButton: 'アドレスを確認する',
  domain: 'このリンクは {person} のようなアドレスでは利用できません。別のアカウントをお試しください。',
  notForYou:
    'このアカウントではこのリンクから参加できません。誤りだと思われる場合は、リンクを受け取った相手にお問い合わせください。',
  failed: 'うまくいきませんでした。もう一度お試しください。',
  ended: {
    title: 'このリンクは無効になりました',
    told: 'リンクが置き換えられたか停止された、または利用できる人数に達しています。',
    next: 'リンクを受け取った相手に、新しいリンクを依頼してください。',
  },
  unknown: {
    title: 'リンクをもう一度開いてください',
    told: 'このページは、リンクを開いたブラウザーで、完全なリンクを使った場合にのみ表示されます。',
    next: 'リンクをもう一度開くか、全体をアドレスバーにコピーしてください。',
  },
  account: {
    title: '参加を申請できる組織',
    told: 'あなたのアドレスのドメインが登録されています。担当者が決定します。',
    withdraw: '取り下げる',
    ended: 'この申請にはすでに回答がありました。',
    requests: '参加の申請',
    askedAt: '申請: {time}',
  },
};

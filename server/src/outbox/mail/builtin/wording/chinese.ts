import type { Wording } from '../wording.ts';

export const chinese: Wording = {
  language: 'zh',
  colon: '：',
  linkHint: '如果按钮无法点击，请将以下地址复制到浏览器中打开：',
  validUntil: '有效期至',
  invitation: {
    subject: '{inviter} 邀请您加入 {organization}',
    subjectAlone: '邀请您加入 {organization}',
    title: '加入 {organization}',
    body: '{inviter} 邀请您加入 {organization}，一起协作。接受邀请即可开始，只需片刻。',
    bodyAlone: '您收到了加入 {organization} 的邀请。接受邀请即可开始，只需片刻。',
    button: '接受邀请',
    invitedBy: '邀请人',
    role: '角色',
    roles: '角色',
    note: '{inviter} 的留言',
    noteAlone: '留言',
    why: '您收到此邮件，是因为有人填写了您的邮箱地址，邀请您加入 {organization}。',
    ignore: '如果您并不知情，忽略此邮件即可。在您接受之前，不会有任何变化。',
  },
  code: {
    subject: '您的验证码',
    title: '您的验证码',
    body: '请输入此验证码以继续。请勿告诉任何人。',
    linkSubject: '继续操作',
    linkTitle: '继续操作',
    linkBody: '请打开以下链接以继续。',
    button: '继续',
    why: '您收到此邮件，是因为有人填写了您的邮箱地址。',
    ignore: '如果不是您本人操作，忽略此邮件即可。',
  },
};

import type { JoinWording } from '../join.ts';

export const chinese: JoinWording = {
  title: '加入 {organization}',
  signIn: '您可以通过此链接加入 {organization}。请先登录：仅凭链接无法加入。',
  signInToAsk: '您可以通过此链接申请加入 {organization}。请先登录。',
  signInButton: '登录并继续',
  ready: '您已以 {person} 的身份登录，现在可以加入 {organization}。',
  join: '加入',
  askFirst: '您已以 {person} 的身份登录。是否能加入由 {organization} 的人员决定。',
  ask: '申请加入',
  asked: '您已申请加入 {organization}。一有结果，您会收到邮件。',
  address: '请先证明 {person} 是您的地址。我们会向您发送验证码。',
  addressButton: '确认地址',
  domain: '此链接不适用于 {person} 这样的地址。您可能还有其他账户。',
  notForYou: '您无法使用此账户通过该链接加入。如果您认为有误，请联系给您链接的人。',
  failed: '刚才没有成功。请再试一次。',
  ended: {
    title: '此链接已失效',
    told: '它已被替换或停用，或者已达到可使用的次数。',
    next: '请向给您链接的人索取新的链接。',
  },
  unknown: {
    title: '请再次打开链接',
    told: '只有在打开链接的浏览器中，并且链接完整时，才能看到此页面。',
    next: '请再次打开链接，或将其完整复制到地址栏。',
  },
  account: {
    title: '您可以申请加入的组织',
    told: '它们登记了您的地址所属的域名。由那里的人员决定。',
    withdraw: '撤回',
    ended: '该申请已得到答复。',
    requests: '您的加入申请',
    askedAt: '申请时间：{time}',
  },
};

/** What the page says on which somebody chooses the organization to go on with. */
import type { Language } from '../languages.ts';

export type OrganizationWording = {
  readonly title: string;
  readonly as: string;
  readonly yours: string;
  readonly invitations: string;
  readonly join: string;
  readonly otherAccount: string;
};

const english: OrganizationWording = {
  title: 'Choose an organization',
  as: 'You are signed in as {account}.',
  yours: 'Continue with',
  invitations: 'You are invited to',
  join: 'Join',
  otherAccount: 'Use another account',
};

const german: OrganizationWording = {
  title: 'Organisation wählen',
  as: 'Sie sind als {account} angemeldet.',
  yours: 'Weiter mit',
  invitations: 'Sie sind eingeladen zu',
  join: 'Beitreten',
  otherAccount: 'Anderes Konto verwenden',
};

const french: OrganizationWording = {
  title: 'Choisissez une organisation',
  as: 'Vous êtes connecté en tant que {account}.',
  yours: 'Continuer avec',
  invitations: 'Vous êtes invité à rejoindre',
  join: 'Rejoindre',
  otherAccount: 'Utiliser un autre compte',
};

const spanish: OrganizationWording = {
  title: 'Elija una organización',
  as: 'Ha iniciado sesión como {account}.',
  yours: 'Continuar con',
  invitations: 'Tiene una invitación de',
  join: 'Unirse',
  otherAccount: 'Usar otra cuenta',
};

const portuguese: OrganizationWording = {
  title: 'Escolha uma organização',
  as: 'Sessão iniciada como {account}.',
  yours: 'Continuar com',
  invitations: 'Tem um convite de',
  join: 'Aderir',
  otherAccount: 'Usar outra conta',
};

const japanese: OrganizationWording = {
  title: '組織を選択してください',
  as: '{account} としてログインしています。',
  yours: '続ける組織',
  invitations: '招待されている組織',
  join: '参加する',
  otherAccount: '別のアカウントを使う',
};

const chinese: OrganizationWording = {
  title: '选择组织',
  as: '您已以 {account} 的身份登录。',
  yours: '继续使用',
  invitations: '您被邀请加入',
  join: '加入',
  otherAccount: '使用其他账号',
};

export const organizationWording: Record<Language, OrganizationWording> = {
  en: english,
  de: german,
  fr: french,
  es: spanish,
  pt: portuguese,
  ja: japanese,
  zh: chinese,
};

import type { Wording } from '../wording.ts';

export const french: Wording = {
  language: 'fr',
  colon: '\u00a0: ',
  linkHint: 'Si le bouton ne fonctionne pas, copiez cette adresse dans votre navigateur\u00a0:',
  validUntil: 'Valable jusqu’au',
  invitation: {
    subject: '{inviter} vous invite à rejoindre {organization}',
    subjectAlone: 'Invitation à rejoindre {organization}',
    title: 'Rejoignez {organization}',
    body: '{inviter} aimerait travailler avec vous chez {organization}. Acceptez l’invitation pour commencer, cela ne prend qu’un instant.',
    bodyAlone:
      'Vous avez reçu une invitation à rejoindre {organization}. Acceptez-la pour commencer, cela ne prend qu’un instant.',
    button: 'Accepter l’invitation',
    invitedBy: 'Invitation de',
    role: 'Rôle',
    roles: 'Rôles',
    note: 'Message de {inviter}',
    noteAlone: 'Message',
    why: 'Vous recevez cet e-mail parce que quelqu’un a saisi votre adresse pour vous inviter à rejoindre {organization}.',
    ignore:
      'Si vous ne vous y attendiez pas, vous pouvez l’ignorer\u00a0: rien ne se passera sans votre accord.',
  },
  code: {
    subject: 'Votre code de vérification',
    title: 'Votre code de vérification',
    body: 'Saisissez ce code pour continuer. Ne le communiquez à personne.',
    linkSubject: 'Continuer',
    linkTitle: 'Reprenez où vous en étiez',
    linkBody: 'Ouvrez le lien ci-dessous pour continuer.',
    button: 'Continuer',
    why: 'Vous recevez cet e-mail parce que quelqu’un a saisi votre adresse.',
    ignore: 'Si ce n’était pas vous, vous pouvez l’ignorer.',
  },
};

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
  proof: {
    signIn: {
      subject: 'Votre code de connexion à {place}',
      subjectAlone: 'Votre code de connexion',
      title: 'Connexion à {place}',
      titleAlone: 'Connexion',
      body: 'Saisissez ce code sur la page où vous vous connectez, ou utilisez le bouton. L’un ou l’autre suffit.',
      button: 'Se connecter',
    },
    newAddress: {
      subject: 'Votre code pour confirmer cette adresse',
      title: 'Confirmez votre nouvelle adresse',
      body: 'Saisissez ce code dans votre compte, ou utilisez le bouton. Vous vous connecterez ensuite avec cette adresse.',
      button: 'Confirmer l’adresse',
    },
    invitation: {
      subject: 'Votre code pour rejoindre {organization}',
      title: 'Rejoignez {organization}',
      body: 'Saisissez ce code sur la page de l’invitation pour montrer que cette adresse est la vôtre. Vous pourrez ensuite accepter l’invitation à rejoindre {organization}.',
    },
    application: 'Application',
    validFor: 'Valable',
    tenMinutes: '10\u00a0minutes',
    why: 'Vous recevez cet e-mail parce que quelqu’un a saisi votre adresse. Ne communiquez ce code à personne.',
    ignore: 'Si ce n’était pas vous, vous pouvez l’ignorer\u00a0: sans le code, il ne se passera rien.',
  },
  asked: {
    renewal: {
      subject: '{invitee} demande une nouvelle invitation à rejoindre {organization}',
      title: 'Demande d’une nouvelle invitation',
      body: '{invitee} a ouvert votre invitation à rejoindre {organization}, mais ne peut plus l’accepter et vous en demande une nouvelle.',
      todo: 'Pour accueillir cette personne, renouvelez l’invitation ou invitez à nouveau cette adresse depuis la gestion des membres.',
    },
    address: {
      subject: '{invitee} souhaite rejoindre {organization} avec une autre adresse',
      title: 'Demande pour une autre adresse',
      body: 'Une personne qui a ouvert votre invitation adressée à {invitee} pour rejoindre {organization} s’est connectée avec {address} et vous demande d’inviter plutôt cette adresse.',
      todo: 'Si vous savez que cette adresse est bien la sienne, invitez-la depuis la gestion des membres et révoquez la première invitation.',
    },
    approval: {
      subject: '{invitee} attend de rejoindre {organization}',
      title: 'Une invitation attend votre accord',
      body: '{invitee} souhaite accepter une invitation à rejoindre {organization}, mais la personne qui l’a envoyée ne peut plus attribuer ces rôles. Vous le pouvez.',
      todo: 'Si cette personne doit rejoindre l’organisation, approuvez l’invitation depuis la gestion des membres. Sinon, révoquez-la.',
      why: 'Vous recevez cet e-mail parce que vous pouvez approuver cette invitation.',
    },
    organization: 'Organisation',
    invitee: 'Adresse invitée',
    uses: 'Adresse utilisée',
    why: 'Vous recevez cet e-mail parce que vous avez envoyé cette invitation.',
    ignore:
      'Si vous ne connaissez pas cette personne, vous n’avez rien à faire\u00a0: rien ne change sans invitation de votre part.',
  },
};

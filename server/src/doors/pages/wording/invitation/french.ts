import type { Wording } from '../invitation.ts';

export const french: Wording = {
  language: 'fr',
  open: {
    title: '{inviter} vous invite chez {organization}',
    titleAlone: 'Vous êtes invité(e) chez {organization}',
    heading: '{inviter} vous invite à rejoindre {organization}',
    headingAlone: 'Vous êtes invité(e) à rejoindre {organization}',
    invitee: 'Adresse invitée',
    inviter: 'De la part de',
    role: 'Votre rôle',
    roles: 'Vos rôles',
    validUntil: 'Valable jusqu’au',
    name: 'Votre nom',
    nameHint: 'Tel que les autres membres de {organization} le verront.',
    nameMissing: 'Veuillez saisir votre nom.',
    accept: 'Accepter l’invitation',
    decline: 'Refuser',
    signsIn: 'En acceptant, vous vous connectez ici avec {invitee}.',
    signedInAs: 'Vous êtes connecté(e) avec {invitee}.',
    member:
      'Vous faites déjà partie de {organization}. Accepter ajoute ce que propose cette invitation à ce que vous avez.',
    unexpected:
      'Vous ne l’attendiez pas ? Vous pouvez l’ignorer. Rien ne se passe tant que vous n’acceptez pas.',
  },
  passkey: {
    told: '{organization} demande un second facteur. Connectez-vous d’abord avec votre clé d’accès, vous reviendrez ensuite ici.',
    button: 'Se connecter avec une clé d’accès',
  },
  code: {
    told: 'Ce lien ne vous est pas parvenu par e-mail. Pour être sûrs que l’invitation est bien pour vous, nous envoyons un code à {invitee}.',
    send: 'Envoyer le code',
    label: 'Code',
    sent: 'Nous l’avons envoyé à {invitee}. Il est valable 10 minutes.',
    nameHint: 'Nécessaire seulement si vous êtes nouveau ici.',
    wrong: 'Ce n’est pas le bon code. Vérifiez l’e-mail et réessayez.',
    ended: 'Ce code ne fonctionne plus. Demandez-en un nouveau.',
    again: 'Envoyer un nouveau code',
    tooMany: 'Trop de codes ont été envoyés à cette adresse. Veuillez réessayer plus tard.',
    noMail: 'Aucun e-mail ne peut être envoyé pour le moment. Veuillez réessayer plus tard.',
  },
  other: {
    heading: 'Cette invitation est pour quelqu’un d’autre',
    told: 'Elle a été envoyée à {invitee}, mais vous êtes connecté(e) avec {person}.',
    switch: 'Se déconnecter et continuer avec {invitee}',
    ask: 'Demander à {inviter} d’inviter {person}',
    askAlone: 'Demander une invitation pour {person}',
  },
  ask: {
    button: 'Demander une nouvelle invitation',
    asked: 'Nous avons transmis votre demande. Vous recevrez un e-mail dès qu’il y aura une réponse.',
    nobody:
      'Il n’y a personne à qui nous puissions demander. Adressez-vous à la personne qui vous a invité(e).',
    approval: 'Nous avons demandé aux personnes habilitées. L’invitation n’est pas encore approuvée.',
  },
  joined: {
    title: 'C’est fait',
    told: 'Vous faites maintenant partie de {organization}.',
    go: 'Continuer',
    goTo: 'Continuer vers {application}',
    account: 'Aller à votre compte',
    passkey:
      '{organization} demande un second facteur. Ajoutez une clé d’accès à votre compte avant de continuer.',
    passkeyButton: 'Ajouter une clé d’accès',
  },
  accepted: {
    title: 'Cette invitation a été acceptée',
    told: 'Elle a amené un membre chez {organization} le {ended} ; le lien a donc rempli son rôle.',
    next: 'Si c’était vous, connectez-vous simplement. Sinon, prévenez {inviter}.',
    nextAlone:
      'Si c’était vous, connectez-vous simplement. Sinon, prévenez la personne qui vous a invité(e).',
  },
  rejected: {
    title: 'Cette invitation a été refusée',
    told: 'L’invitation chez {organization} a été refusée le {ended}.',
    next: 'Vous avez changé d’avis ? Demandez à {inviter} de vous inviter à nouveau.',
    nextAlone:
      'Vous avez changé d’avis ? Demandez une nouvelle invitation à la personne qui vous a invité(e).',
  },
  revoked: {
    title: 'Cette invitation a été retirée',
    told: 'L’invitation chez {organization} a été retirée le {ended}.',
    next: 'Si vous pensez que c’est une erreur, demandez-en une nouvelle à {inviter}.',
    nextAlone:
      'Si vous pensez que c’est une erreur, demandez-en une nouvelle à la personne qui vous a invité(e).',
  },
  expired: {
    title: 'Cette invitation a expiré',
    told: 'L’invitation chez {organization} était valable jusqu’au {ended}.',
    next: 'Demandez-en une nouvelle à {inviter}. Vous recevrez un nouveau lien par e-mail.',
    nextAlone:
      'Demandez-en une nouvelle à la personne qui vous a invité(e). Vous recevrez un nouveau lien par e-mail.',
  },
  superseded: {
    title: 'Il existe un lien plus récent',
    told: 'L’invitation chez {organization} a été renouvelée et seul son dernier lien fonctionne.',
    next: 'Cherchez le dernier e-mail à ce sujet et utilisez le lien qu’il contient.',
  },
  disabled: {
    title: '{organization} n’accueille personne pour le moment',
    told: 'L’organisation est désactivée : personne ne peut la rejoindre actuellement.',
    next: 'Votre invitation est conservée. Réessayez plus tard ou demandez à {inviter}.',
    nextAlone:
      'Votre invitation est conservée. Réessayez plus tard ou demandez à la personne qui vous a invité(e).',
  },
  waiting: {
    title: 'En attente d’approbation',
    told: 'Avant que vous puissiez entrer, une personne habilitée chez {organization} doit approuver cette invitation.',
    next: 'Votre invitation est conservée. Rouvrez ce lien plus tard ou demandez à {inviter}.',
    nextAlone:
      'Votre invitation est conservée. Rouvrez ce lien plus tard ou demandez à la personne qui vous a invité(e).',
  },
  suspended: {
    title: 'Ce compte ne peut rien rejoindre pour le moment',
    told: 'Le compte de l’adresse invitée est suspendu et ne peut donc pas rejoindre {organization}.',
    next: 'Si vous pensez que c’est une erreur, demandez à {inviter}.',
    nextAlone: 'Si vous pensez que c’est une erreur, demandez à la personne qui vous a invité(e).',
  },
  full: {
    title: 'Il ne reste aucune place',
    told: '{organization} compte actuellement autant de membres qu’il est permis.',
    next: 'Votre invitation est conservée. Demandez à {inviter} de libérer une place, puis réessayez.',
    nextAlone:
      'Votre invitation est conservée. Demandez à la personne qui vous a invité(e) de libérer une place, puis réessayez.',
  },
  gone: {
    title: 'Cette invitation n’existe plus',
    told: 'Le lien est authentique, mais l’invitation correspondante a été supprimée.',
    next: 'Si vous souhaitez toujours venir, demandez-en une nouvelle à la personne qui vous a invité(e).',
  },
  unknown: {
    title: 'Rouvrez le lien de votre e-mail',
    told: 'Cette adresse ne montre une invitation que dans le navigateur où son lien a été ouvert.',
    next: 'Utilisez à nouveau le lien de l’e-mail ou connectez-vous avec l’adresse invitée.',
  },
  forged: {
    title: 'Ce lien n’est pas valable',
    told: 'Il a peut-être été coupé ou modifié en chemin.',
    next: 'Rouvrez-le depuis l’e-mail ou copiez-le en entier dans la barre d’adresse. Si cela n’aide pas, demandez-en un nouveau à la personne qui vous a invité(e).',
  },
  unavailable: {
    title: 'Un instant',
    told: 'L’invitation ne peut pas être affichée pour le moment. Rien ne lui est arrivé.',
    next: 'Réessayez dans une minute : votre lien reste valable.',
  },
  signIn: 'Se connecter',
  otherAccount: 'Utiliser un autre compte',
  tryAgain: 'Réessayer',
  write: 'Écrire à {inviter}',
};

import type { JoinWording } from '../join.ts';

export const french: JoinWording = {
  title: 'Rejoindre {organization}',
  signIn:
    'Ce lien vous permet de rejoindre {organization}. Connectez-vous d’abord : le lien seul ne fait entrer personne.',
  signInToAsk: 'Avec ce lien, vous pouvez demander à rejoindre {organization}. Connectez-vous d’abord.',
  signInButton: 'Se connecter pour continuer',
  ready: 'Vous êtes connecté en tant que {person} et pouvez maintenant rejoindre {organization}.',
  join: 'Rejoindre',
  askFirst:
    'Vous êtes connecté en tant que {person}. Quelqu’un chez {organization} décide si vous pouvez entrer.',
  ask: 'Demander à rejoindre',
  asked:
    'Vous avez demandé à rejoindre {organization}. Vous recevrez un e-mail dès que quelqu’un aura décidé.',
  address: 'Montrez d’abord que {person} est votre adresse. Nous vous envoyons un code.',
  addressButton: 'Confirmer l’adresse',
  domain: 'Ce lien n’est pas destiné aux adresses comme {person}. Vous avez peut-être un autre compte.',
  notForYou:
    'Ce compte ne permet pas d’entrer par ce lien. Si vous pensez qu’il s’agit d’une erreur, adressez-vous à la personne qui vous l’a donné.',
  failed: 'Cela n’a pas fonctionné. Veuillez réessayer.',
  ended: {
    title: 'Ce lien n’est plus valable',
    told: 'Il a été remplacé ou désactivé, ou il a déjà servi autant de fois que prévu.',
    next: 'Demandez-en un nouveau à la personne qui vous l’a donné.',
  },
  unknown: {
    title: 'Ouvrez le lien encore une fois',
    told: 'Cette page ne s’affiche que dans le navigateur où le lien a été ouvert, et avec le lien entier.',
    next: 'Ouvrez le lien encore une fois ou copiez-le en entier dans la barre d’adresse.',
  },
  account: {
    title: 'Organisations que vous pouvez demander à rejoindre',
    told: 'Elles connaissent le domaine de votre adresse. Quelqu’un y décide.',
    withdraw: 'Retirer',
    ended: 'Cette demande a reçu une réponse entre-temps.',
    requests: 'Vos demandes pour rejoindre une organisation',
    askedAt: 'demandé {time}',
  },
};

import type { Wording } from '../wording.ts';

export const portuguese: Wording = {
  language: 'pt',
  colon: ': ',
  linkHint: 'Se o botão não funcionar, copie este endereço e cole no seu navegador:',
  validUntil: 'Válido até',
  invitation: {
    subject: '{inviter} convidou você para participar de {organization}',
    subjectAlone: 'Convite para participar de {organization}',
    title: 'Participe de {organization}',
    body: '{inviter} gostaria de trabalhar com você em {organization}. Aceite o convite para começar. É rápido.',
    bodyAlone:
      'Você recebeu um convite para participar de {organization}. Aceite o convite para começar. É rápido.',
    button: 'Aceitar convite',
    invitedBy: 'Convite de',
    role: 'Função',
    roles: 'Funções',
    note: 'Mensagem de {inviter}',
    noteAlone: 'Mensagem',
    why: 'Você recebeu este e-mail porque alguém informou o seu endereço para convidar você para {organization}.',
    ignore: 'Se você não esperava este convite, pode ignorá-lo: nada acontece sem a sua confirmação.',
  },
  code: {
    subject: 'Seu código de verificação',
    title: 'Seu código de verificação',
    body: 'Digite este código para continuar. Não o compartilhe com ninguém.',
    linkSubject: 'Continuar',
    linkTitle: 'Continue de onde parou',
    linkBody: 'Abra o link abaixo para continuar.',
    button: 'Continuar',
    why: 'Você recebeu este e-mail porque alguém informou o seu endereço.',
    ignore: 'Se não foi você, pode ignorá-lo.',
  },
};

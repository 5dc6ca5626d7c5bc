import type { JoinWording } from '../join.ts';

export const portuguese: JoinWording = {
  title: 'Entrar em {organization}',
  signIn:
    'Com este link você pode entrar em {organization}. Faça login primeiro: o link sozinho não deixa ninguém entrar.',
  signInToAsk: 'Com este link você pode pedir para entrar em {organization}. Faça login primeiro.',
  signInButton: 'Fazer login para continuar',
  ready: 'Você fez login como {person} e já pode entrar em {organization}.',
  join: 'Entrar',
  askFirst: 'Você fez login como {person}. Alguém de {organization} decide se você pode entrar.',
  ask: 'Pedir para entrar',
  asked: 'Você pediu para entrar em {organization}. Você receberá um e-mail assim que alguém decidir.',
  address: 'Mostre primeiro que {person} é seu endereço. Enviaremos um código.',
  addressButton: 'Confirmar endereço',
  domain: 'Este link não é para endereços como {person}. Talvez você tenha outra conta.',
  notForYou:
    'Com esta conta você não pode entrar por este link. Se achar que é um engano, fale com quem o enviou.',
  failed: 'Não deu certo agora. Tente novamente.',
  ended: {
    title: 'Este link não vale mais',
    told: 'Ele foi substituído ou desativado, ou já foi usado tantas vezes quanto podia.',
    next: 'Peça um novo a quem o enviou.',
  },
  unknown: {
    title: 'Abra o link mais uma vez',
    told: 'Esta página só aparece no navegador em que o link foi aberto, e com o link inteiro.',
    next: 'Abra o link mais uma vez ou copie-o inteiro na barra de endereço.',
  },
  account: {
    title: 'Organizações em que você pode pedir para entrar',
    told: 'Elas conhecem o domínio do seu endereço. Alguém de lá decide.',
    withdraw: 'Retirar',
    ended: 'Esse pedido já foi respondido.',
    requests: 'Seus pedidos para entrar',
    askedAt: 'pedido {time}',
  },
};

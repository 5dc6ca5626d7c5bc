import type { JoinWording } from '../join.ts';

export const spanish: JoinWording = {
  title: 'Unirse a {organization}',
  signIn:
    'Con este enlace puede unirse a {organization}. Inicie sesión primero: el enlace por sí solo no deja entrar a nadie.',
  signInToAsk: 'Con este enlace puede pedir unirse a {organization}. Inicie sesión primero.',
  signInButton: 'Iniciar sesión para continuar',
  ready: 'Ha iniciado sesión como {person} y ya puede unirse a {organization}.',
  join: 'Unirse',
  askFirst: 'Ha iniciado sesión como {person}. Alguien de {organization} decide si puede unirse.',
  ask: 'Pedir unirse',
  asked: 'Ha pedido unirse a {organization}. Recibirá un correo en cuanto alguien decida.',
  address: 'Demuestre primero que {person} es su dirección. Le enviamos un código.',
  addressButton: 'Confirmar la dirección',
  domain: 'Este enlace no es para direcciones como {person}. Quizá tenga otra cuenta.',
  notForYou:
    'Con esta cuenta no puede unirse mediante este enlace. Si cree que es un error, pregunte a quien se lo dio.',
  failed: 'No ha funcionado. Inténtelo de nuevo.',
  ended: {
    title: 'Este enlace ya no es válido',
    told: 'Se ha sustituido o desactivado, o ya han entrado por él todas las personas que podían.',
    next: 'Pida uno nuevo a quien se lo dio.',
  },
  unknown: {
    title: 'Abra el enlace otra vez',
    told: 'Esta página solo se ve en el navegador en el que se abrió el enlace, y con el enlace completo.',
    next: 'Abra el enlace otra vez o cópielo completo en la barra de direcciones.',
  },
  account: {
    title: 'Organizaciones a las que puede pedir unirse',
    told: 'Conocen el dominio de su dirección. Alguien allí decide.',
    withdraw: 'Retirar',
    ended: 'Esa solicitud ya se ha contestado.',
    requests: 'Sus solicitudes para unirse',
    askedAt: 'solicitado {time}',
  },
};

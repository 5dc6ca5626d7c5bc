import type { Wording } from '../wording.ts';

export const spanish: Wording = {
  language: 'es',
  colon: ': ',
  linkHint: 'Si el botón no funciona, copia esta dirección en tu navegador:',
  validUntil: 'Válida hasta',
  invitation: {
    subject: '{inviter} te invita a unirte a {organization}',
    subjectAlone: 'Invitación para unirte a {organization}',
    title: 'Únete a {organization}',
    body: '{inviter} quiere trabajar contigo en {organization}. Acepta la invitación para empezar; solo te llevará un momento.',
    bodyAlone:
      'Has recibido una invitación para unirte a {organization}. Acéptala para empezar; solo te llevará un momento.',
    button: 'Aceptar la invitación',
    invitedBy: 'Invitación de',
    role: 'Rol',
    roles: 'Roles',
    note: 'Mensaje de {inviter}',
    noteAlone: 'Mensaje',
    why: 'Recibes este correo porque alguien ha introducido tu dirección para invitarte a {organization}.',
    ignore: 'Si no lo esperabas, puedes ignorarlo: no ocurrirá nada a menos que aceptes.',
  },
  code: {
    subject: 'Tu código de verificación',
    title: 'Tu código de verificación',
    body: 'Introduce este código para continuar. No lo compartas con nadie.',
    linkSubject: 'Continuar',
    linkTitle: 'Continúa donde lo dejaste',
    linkBody: 'Abre el siguiente enlace para continuar.',
    button: 'Continuar',
    why: 'Recibes este correo porque alguien ha introducido tu dirección.',
    ignore: 'Si no has sido tú, puedes ignorarlo.',
  },
};

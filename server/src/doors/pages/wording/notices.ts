/** What the short pages say that the OpenID Connect door shows: a title and what to do. */
import type { NoticeKind } from '../../notices.ts';
import type { Language } from '../languages.ts';

type Said = { readonly title: string; readonly text: string };

export const noticesIn: Readonly<Record<Language, Readonly<Record<NoticeKind, Said>>>> = {
  en: {
    'flow-over': {
      title: 'This sign-in is over',
      text: 'It was finished before, took longer than an hour, or began in another browser. Go back to the application and sign in again.',
    },
    'unknown-redirect': {
      title: 'The application cannot be returned to',
      text: 'The address that it wants to be returned to is not one that it registered, so nothing was sent there. If you are its developer: add the redirect URI to the application, exactly as it is used.',
    },
    'unknown-application': {
      title: 'This application is not known here',
      text: 'It may have been removed, or the link is wrong. Ask the people who run it.',
    },
    'bad-request': {
      title: 'That request cannot be used',
      text: 'Something in it is missing or wrong. Go back to the application and try again.',
    },
    failure: {
      title: 'Something went wrong',
      text: 'It is on our side, and it has been noted. Try again later.',
    },
    'sign-out': { title: 'Signing out', text: 'Sign out' },
    'signed-out': { title: 'You are signed out', text: 'You can close this page.' },
  },
  de: {
    'flow-over': {
      title: 'Diese Anmeldung ist vorbei',
      text: 'Sie wurde schon abgeschlossen, hat länger als eine Stunde gedauert oder in einem anderen Browser begonnen. Gehen Sie zur Anwendung zurück und melden Sie sich neu an.',
    },
    'unknown-redirect': {
      title: 'Zur Anwendung führt kein Weg zurück',
      text: 'Die Rücksprungadresse ist nicht bei der Anwendung eingetragen, deshalb wurde nichts dorthin geschickt. Wenn Sie sie entwickeln: Tragen Sie die Redirect-URI genau so ein, wie sie verwendet wird.',
    },
    'unknown-application': {
      title: 'Diese Anwendung ist hier nicht bekannt',
      text: 'Vielleicht wurde sie entfernt, oder der Link stimmt nicht. Fragen Sie die Betreiber.',
    },
    'bad-request': {
      title: 'Mit dieser Anfrage geht es nicht weiter',
      text: 'Etwas darin fehlt oder ist falsch. Gehen Sie zur Anwendung zurück und versuchen Sie es noch einmal.',
    },
    failure: {
      title: 'Etwas ist schiefgegangen',
      text: 'Der Fehler liegt bei uns und wurde vermerkt. Versuchen Sie es später noch einmal.',
    },
    'sign-out': { title: 'Abmelden', text: 'Abmelden' },
    'signed-out': { title: 'Sie sind abgemeldet', text: 'Sie können diese Seite schließen.' },
  },
  fr: {
    'flow-over': {
      title: 'Cette connexion est terminée',
      text: 'Elle a déjà abouti, a duré plus d’une heure ou a commencé dans un autre navigateur. Revenez à l’application et reconnectez-vous.',
    },
    'unknown-redirect': {
      title: 'Impossible de revenir à l’application',
      text: 'L’adresse de retour n’est pas enregistrée pour cette application : rien n’y a été envoyé. Si vous la développez, enregistrez l’URI de redirection exactement telle qu’elle est utilisée.',
    },
    'unknown-application': {
      title: 'Cette application n’est pas connue ici',
      text: 'Elle a peut-être été supprimée, ou le lien est erroné. Adressez-vous à ses responsables.',
    },
    'bad-request': {
      title: 'Cette demande est inutilisable',
      text: 'Un élément manque ou est incorrect. Revenez à l’application et réessayez.',
    },
    failure: {
      title: 'Une erreur s’est produite',
      text: 'Elle vient de nous et a été consignée. Réessayez plus tard.',
    },
    'sign-out': { title: 'Déconnexion', text: 'Se déconnecter' },
    'signed-out': { title: 'Vous êtes déconnecté', text: 'Vous pouvez fermer cette page.' },
  },
  es: {
    'flow-over': {
      title: 'Este inicio de sesión ha terminado',
      text: 'Ya se completó, duró más de una hora o empezó en otro navegador. Vuelva a la aplicación e inicie sesión de nuevo.',
    },
    'unknown-redirect': {
      title: 'No se puede volver a la aplicación',
      text: 'La dirección de retorno no está registrada para esta aplicación, así que no se envió nada allí. Si la desarrolla, registre la URI de redirección tal como se usa.',
    },
    'unknown-application': {
      title: 'Esta aplicación no se conoce aquí',
      text: 'Puede que se haya eliminado o que el enlace sea incorrecto. Pregunte a sus responsables.',
    },
    'bad-request': {
      title: 'Esta solicitud no se puede usar',
      text: 'Falta algo o hay algo incorrecto. Vuelva a la aplicación e inténtelo de nuevo.',
    },
    failure: {
      title: 'Algo ha fallado',
      text: 'El error es nuestro y ha quedado registrado. Inténtelo más tarde.',
    },
    'sign-out': { title: 'Cerrando sesión', text: 'Cerrar sesión' },
    'signed-out': { title: 'Ha cerrado la sesión', text: 'Puede cerrar esta página.' },
  },
  pt: {
    'flow-over': {
      title: 'Este início de sessão terminou',
      text: 'Já foi concluído, demorou mais de uma hora ou começou noutro navegador. Volte à aplicação e inicie sessão novamente.',
    },
    'unknown-redirect': {
      title: 'Não é possível voltar à aplicação',
      text: 'O endereço de retorno não está registado para esta aplicação, por isso nada foi enviado para lá. Se a desenvolve, registe o URI de redirecionamento exatamente como é usado.',
    },
    'unknown-application': {
      title: 'Esta aplicação não é conhecida aqui',
      text: 'Pode ter sido removida ou a ligação estar errada. Pergunte aos responsáveis.',
    },
    'bad-request': {
      title: 'Este pedido não pode ser usado',
      text: 'Falta algo ou há algo errado. Volte à aplicação e tente novamente.',
    },
    failure: { title: 'Algo correu mal', text: 'O erro é nosso e ficou registado. Tente mais tarde.' },
    'sign-out': { title: 'A terminar sessão', text: 'Terminar sessão' },
    'signed-out': { title: 'A sessão foi terminada', text: 'Pode fechar esta página.' },
  },
  ja: {
    'flow-over': {
      title: 'このサインインは終了しています',
      text: 'すでに完了したか、1時間以上経過したか、別のブラウザーで開始されました。アプリケーションに戻って、もう一度サインインしてください。',
    },
    'unknown-redirect': {
      title: 'アプリケーションに戻れません',
      text: '戻り先のアドレスがアプリケーションに登録されていないため、何も送信しませんでした。開発者の方は、使用するリダイレクトURIをそのまま登録してください。',
    },
    'unknown-application': {
      title: 'このアプリケーションは登録されていません',
      text: '削除されたか、リンクが間違っている可能性があります。運営者にお問い合わせください。',
    },
    'bad-request': {
      title: 'このリクエストは使用できません',
      text: '不足または誤りがあります。アプリケーションに戻って、もう一度お試しください。',
    },
    failure: {
      title: '問題が発生しました',
      text: '当方の問題で、記録されました。後でもう一度お試しください。',
    },
    'sign-out': { title: 'サインアウトしています', text: 'サインアウト' },
    'signed-out': { title: 'サインアウトしました', text: 'このページを閉じてかまいません。' },
  },
  zh: {
    'flow-over': {
      title: '此次登录已结束',
      text: '它已经完成、超过了一小时，或是在另一个浏览器中开始的。请返回应用重新登录。',
    },
    'unknown-redirect': {
      title: '无法返回应用',
      text: '返回地址没有在该应用中登记，因此没有向那里发送任何内容。如果您是开发者，请按实际使用的形式登记重定向 URI。',
    },
    'unknown-application': {
      title: '这里没有这个应用',
      text: '它可能已被移除，或者链接有误。请联系应用的运营者。',
    },
    'bad-request': { title: '无法使用此请求', text: '其中有缺失或错误。请返回应用重试。' },
    failure: { title: '出了点问题', text: '问题在我们这边，已经记录。请稍后再试。' },
    'sign-out': { title: '正在退出登录', text: '退出登录' },
    'signed-out': { title: '您已退出登录', text: '您可以关闭此页面。' },
  },
};

/** What the pages say that are shown when something cannot be: a title and what to do. */
import type { Language } from '../languages.ts';

type Said = { readonly title: string; readonly text: string };
/**
 * `form`: not a form of ours in this browser. `address`, `request`: cannot be read. `missing`: no such page. `failure`: a
 * fault of ours, noted as `{request}`.
 */
export type ErrorKind = 'form' | 'address' | 'missing' | 'request' | 'failure';

export const errorsIn: Readonly<Record<Language, Readonly<Record<ErrorKind, Said>>>> = {
  en: {
    form: {
      title: 'That form is out of date',
      text: 'It was opened in another browser, or too long ago. Go back, reload the page and try again.',
    },
    address: {
      title: 'That address cannot be read',
      text: 'It may have been cut off or changed on its way.',
    },
    missing: { title: 'There is no such page', text: 'The address may be misspelt.' },
    request: { title: 'That did not work', text: 'The request cannot be read.' },
    failure: {
      title: 'Something went wrong',
      text: 'It is on our side, and it has been noted. Request {request}.',
    },
  },
  de: {
    form: {
      title: 'Dieses Formular ist nicht mehr aktuell',
      text: 'Es wurde in einem anderen Browser oder vor zu langer Zeit geöffnet. Gehen Sie zurück, laden Sie die Seite neu und versuchen Sie es noch einmal.',
    },
    address: {
      title: 'Diese Adresse lässt sich nicht lesen',
      text: 'Vielleicht wurde sie abgeschnitten oder unterwegs verändert.',
    },
    missing: { title: 'Diese Seite gibt es nicht', text: 'Vielleicht ist die Adresse falsch geschrieben.' },
    request: { title: 'Das hat nicht geklappt', text: 'Die Anfrage lässt sich nicht lesen.' },
    failure: {
      title: 'Etwas ist schiefgegangen',
      text: 'Der Fehler liegt bei uns und wurde vermerkt. Anfrage {request}.',
    },
  },
  fr: {
    form: {
      title: 'Ce formulaire n’est plus à jour',
      text: 'Il a été ouvert dans un autre navigateur ou il y a trop longtemps. Revenez en arrière, rechargez la page et réessayez.',
    },
    address: {
      title: 'Cette adresse est illisible',
      text: 'Elle a peut-être été coupée ou modifiée en route.',
    },
    missing: { title: 'Cette page n’existe pas', text: 'L’adresse est peut-être mal écrite.' },
    request: { title: 'Cela n’a pas fonctionné', text: 'La demande est illisible.' },
    failure: {
      title: 'Une erreur s’est produite',
      text: 'Elle vient de nous et a été consignée. Demande {request}.',
    },
  },
  es: {
    form: {
      title: 'Este formulario ya no es válido',
      text: 'Se abrió en otro navegador o hace demasiado tiempo. Vuelva atrás, recargue la página e inténtelo de nuevo.',
    },
    address: {
      title: 'Esta dirección no se puede leer',
      text: 'Puede que se haya cortado o cambiado por el camino.',
    },
    missing: { title: 'Esta página no existe', text: 'Puede que la dirección esté mal escrita.' },
    request: { title: 'No ha funcionado', text: 'La solicitud no se puede leer.' },
    failure: {
      title: 'Algo ha fallado',
      text: 'El error es nuestro y ha quedado registrado. Solicitud {request}.',
    },
  },
  pt: {
    form: {
      title: 'Este formulário não vale mais',
      text: 'Ele foi aberto em outro navegador ou há tempo demais. Volte, recarregue a página e tente novamente.',
    },
    address: {
      title: 'Não é possível ler este endereço',
      text: 'Ele pode ter sido cortado ou alterado no caminho.',
    },
    missing: { title: 'Esta página não existe', text: 'O endereço pode estar escrito errado.' },
    request: { title: 'Não deu certo', text: 'Não é possível ler o pedido.' },
    failure: { title: 'Algo deu errado', text: 'O erro é nosso e foi registrado. Pedido {request}.' },
  },
  ja: {
    form: {
      title: 'このフォームは期限切れです',
      text: '別のブラウザーで開かれたか、時間が経ちすぎています。前のページに戻り、再読み込みしてからもう一度お試しください。',
    },
    address: {
      title: 'このアドレスは読み取れません',
      text: '途中で切れたか、書き換えられた可能性があります。',
    },
    missing: { title: 'ページが見つかりません', text: 'アドレスが間違っている可能性があります。' },
    request: { title: 'うまくいきませんでした', text: 'リクエストを読み取れません。' },
    failure: { title: '問題が発生しました', text: '当方の問題で、記録されました。リクエスト {request}。' },
  },
  zh: {
    form: {
      title: '此表单已过期',
      text: '它是在其他浏览器中打开的，或打开时间过久。请返回，刷新页面后重试。',
    },
    address: { title: '无法读取此地址', text: '它可能被截断，或在途中被更改。' },
    missing: { title: '没有这个页面', text: '地址可能有误。' },
    request: { title: '没有成功', text: '无法读取该请求。' },
    failure: { title: '出了点问题', text: '问题在我们这边，已经记录。请求 {request}。' },
  },
};

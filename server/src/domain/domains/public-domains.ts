/**
 * Domains at which anybody can have a mailbox: the large providers, and some that give mailboxes for minutes. No
 * organization can call one its own. A short list, not a complete one.
 */
const publicDomains: ReadonlySet<string> = new Set(
  `gmail.com googlemail.com outlook.com outlook.de outlook.fr outlook.es hotmail.com hotmail.co.uk hotmail.de hotmail.fr
   hotmail.it hotmail.es live.com live.co.uk live.nl live.fr msn.com yahoo.com yahoo.co.uk yahoo.co.in yahoo.co.jp yahoo.de
   yahoo.fr yahoo.it yahoo.es yahoo.ca yahoo.com.br ymail.com rocketmail.com aol.com icloud.com me.com mac.com proton.me
   protonmail.com pm.me tutanota.com tuta.com tuta.io gmx.com gmx.de gmx.net gmx.at gmx.ch web.de t-online.de freenet.de
   mail.com email.com zoho.com zohomail.com fastmail.com fastmail.fm hey.com hushmail.com yandex.com yandex.ru ya.ru mail.ru
   inbox.ru list.ru bk.ru rambler.ru qq.com foxmail.com 163.com 126.com yeah.net sina.com sina.cn sohu.com aliyun.com
   139.com 189.cn naver.com daum.net hanmail.net kakao.com docomo.ne.jp ezweb.ne.jp softbank.ne.jp rediffmail.com
   orange.fr wanadoo.fr free.fr laposte.net sfr.fr neuf.fr libero.it virgilio.it tiscali.it alice.it tin.it
   btinternet.com virginmedia.com sky.com talktalk.net ntlworld.com comcast.net verizon.net att.net sbcglobal.net
   bellsouth.net cox.net charter.net earthlink.net optonline.net rogers.com shaw.ca sympatico.ca bigpond.com optusnet.com.au
   uol.com.br bol.com.br terra.com.br ig.com.br seznam.cz centrum.cz wp.pl o2.pl onet.pl interia.pl abv.bg ukr.net
   telenet.be skynet.be ziggo.nl kpnmail.nl planet.nl xs4all.nl bluewin.ch hispeed.ch telia.com online.no
   mailinator.com guerrillamail.com guerrillamail.net sharklasers.com 10minutemail.com 10minutemail.net temp-mail.org
   tempmail.com tempmail.dev yopmail.com yopmail.fr throwawaymail.com getnada.com nada.email maildrop.cc trashmail.com
   trashmail.de dispostable.com fakeinbox.com mintemail.com mohmal.com moakt.com emailondeck.com spamgourmet.com
   mailnesia.com discard.email mytemp.email burnermail.io 33mail.com`.split(/\s+/),
);

/** `domain` in its ASCII spelling. */
export const isPublicDomain = (domain: string): boolean => publicDomains.has(domain);

import type { Wording } from '../invitation.ts';

export const german: Wording = {
  language: 'de',
  open: {
    title: '{inviter} lädt Sie zu {organization} ein',
    titleAlone: 'Sie sind zu {organization} eingeladen',
    heading: '{inviter} lädt Sie ein, {organization} beizutreten',
    headingAlone: 'Sie sind eingeladen, {organization} beizutreten',
    invitee: 'Eingeladene Adresse',
    inviter: 'Eingeladen von',
    role: 'Ihre Rolle',
    roles: 'Ihre Rollen',
    validUntil: 'Gültig bis',
    name: 'Ihr Name',
    nameHint: 'So, wie ihn die anderen bei {organization} sehen sollen.',
    nameMissing: 'Bitte geben Sie Ihren Namen ein.',
    accept: 'Einladung annehmen',
    decline: 'Ablehnen',
    signsIn: 'Mit dem Annehmen melden Sie sich hier als {invitee} an.',
    signedInAs: 'Sie sind als {invitee} angemeldet.',
    member:
      'Sie gehören bereits zu {organization}. Wenn Sie annehmen, kommt hinzu, was diese Einladung bietet.',
    unexpected:
      'Sie haben das nicht erwartet? Dann ignorieren Sie es einfach. Ohne Ihre Zustimmung geschieht nichts.',
  },
  passkey: {
    told: '{organization} verlangt einen zweiten Faktor. Melden Sie sich zuerst mit Ihrem Passkey an, danach kommen Sie hierher zurück.',
    button: 'Mit Passkey anmelden',
  },
  code: {
    told: 'Diesen Link haben Sie nicht per E-Mail bekommen. Um sicher zu sein, dass die Einladung Ihnen gilt, senden wir einen Code an {invitee}.',
    send: 'Code senden',
    label: 'Code',
    sent: 'Wir haben ihn an {invitee} gesendet. Er gilt 10 Minuten.',
    nameHint: 'Nur nötig, wenn Sie hier neu sind.',
    wrong: 'Das ist nicht der Code. Bitte sehen Sie in der E-Mail nach und versuchen Sie es noch einmal.',
    ended: 'Dieser Code gilt nicht mehr. Lassen Sie sich einen neuen senden.',
    again: 'Neuen Code senden',
    tooMany: 'An diese Adresse wurden zu viele Codes gesendet. Bitte versuchen Sie es später noch einmal.',
    noMail: 'Gerade kann keine E-Mail gesendet werden. Bitte versuchen Sie es später noch einmal.',
  },
  other: {
    heading: 'Diese Einladung gilt jemand anderem',
    told: 'Sie ging an {invitee}, Sie sind aber als {person} angemeldet.',
    switch: 'Abmelden und als {invitee} fortfahren',
    ask: '{inviter} bitten, {person} einzuladen',
    askAlone: 'Um eine Einladung für {person} bitten',
  },
  ask: {
    button: 'Um eine neue Einladung bitten',
    asked: 'Wir haben Ihre Bitte weitergegeben. Sobald es eine Antwort gibt, bekommen Sie eine E-Mail.',
    nobody:
      'Es gibt niemanden, den wir fragen könnten. Bitte wenden Sie sich an die Person, die Sie eingeladen hat.',
    approval: 'Wir haben die Zuständigen gefragt. Noch ist die Einladung nicht genehmigt.',
  },
  joined: {
    title: 'Sie sind dabei',
    told: 'Sie gehören jetzt zu {organization}.',
    go: 'Weiter',
    goTo: 'Weiter zu {application}',
    account: 'Zu Ihrem Konto',
    passkey:
      '{organization} verlangt einen zweiten Faktor. Fügen Sie Ihrem Konto einen Passkey hinzu, bevor Sie weitermachen.',
    passkeyButton: 'Passkey hinzufügen',
  },
  accepted: {
    title: 'Diese Einladung wurde angenommen',
    told: 'Mit ihr ist am {ended} jemand {organization} beigetreten; der Link hat damit ausgedient.',
    next: 'Wenn Sie das waren, melden Sie sich einfach an. Wenn nicht, sagen Sie {inviter} Bescheid.',
    nextAlone:
      'Wenn Sie das waren, melden Sie sich einfach an. Wenn nicht, sagen Sie der Person Bescheid, die Sie eingeladen hat.',
  },
  rejected: {
    title: 'Diese Einladung wurde abgelehnt',
    told: 'Die Einladung zu {organization} wurde am {ended} abgelehnt.',
    next: 'Anders überlegt? Bitten Sie {inviter} um eine neue.',
    nextAlone: 'Anders überlegt? Bitten Sie die Person, die Sie eingeladen hat, um eine neue.',
  },
  revoked: {
    title: 'Diese Einladung wurde zurückgezogen',
    told: 'Die Einladung zu {organization} wurde am {ended} zurückgezogen.',
    next: 'Wenn Sie das für ein Versehen halten, bitten Sie {inviter} um eine neue.',
    nextAlone:
      'Wenn Sie das für ein Versehen halten, bitten Sie die Person, die Sie eingeladen hat, um eine neue.',
  },
  expired: {
    title: 'Diese Einladung ist abgelaufen',
    told: 'Die Einladung zu {organization} galt bis {ended}.',
    next: 'Bitten Sie {inviter} um eine neue. Den neuen Link bekommen Sie per E-Mail.',
    nextAlone:
      'Bitten Sie die Person, die Sie eingeladen hat, um eine neue. Den neuen Link bekommen Sie per E-Mail.',
  },
  superseded: {
    title: 'Es gibt einen neueren Link',
    told: 'Die Einladung zu {organization} wurde erneuert, und nur ihr neuester Link gilt.',
    next: 'Suchen Sie die letzte E-Mail dazu und verwenden Sie den Link darin.',
  },
  disabled: {
    title: '{organization} nimmt gerade niemanden auf',
    told: 'Die Organisation ist deaktiviert, deshalb kann ihr zurzeit niemand beitreten.',
    next: 'Ihre Einladung bleibt bestehen. Versuchen Sie es später noch einmal oder fragen Sie {inviter}.',
    nextAlone:
      'Ihre Einladung bleibt bestehen. Versuchen Sie es später noch einmal oder fragen Sie die Person, die Sie eingeladen hat.',
  },
  waiting: {
    title: 'Noch nicht genehmigt',
    told: 'Bevor Sie beitreten können, muss jemand bei {organization}, der das darf, diese Einladung genehmigen.',
    next: 'Ihre Einladung bleibt bestehen. Öffnen Sie den Link später noch einmal oder fragen Sie {inviter}.',
    nextAlone:
      'Ihre Einladung bleibt bestehen. Öffnen Sie den Link später noch einmal oder fragen Sie die Person, die Sie eingeladen hat.',
  },
  suspended: {
    title: 'Mit diesem Konto können Sie gerade nicht beitreten',
    told: 'Das Konto der eingeladenen Adresse ist gesperrt und kann {organization} deshalb nicht beitreten.',
    next: 'Wenn Sie das für ein Versehen halten, fragen Sie {inviter}.',
    nextAlone: 'Wenn Sie das für ein Versehen halten, fragen Sie die Person, die Sie eingeladen hat.',
  },
  full: {
    title: 'Es ist kein Platz mehr frei',
    told: '{organization} hat zurzeit so viele Mitglieder, wie sie haben darf.',
    next: 'Ihre Einladung bleibt bestehen. Bitten Sie {inviter}, Platz zu schaffen, und versuchen Sie es dann noch einmal.',
    nextAlone:
      'Ihre Einladung bleibt bestehen. Bitten Sie die Person, die Sie eingeladen hat, Platz zu schaffen, und versuchen Sie es dann noch einmal.',
  },
  gone: {
    title: 'Diese Einladung gibt es nicht mehr',
    told: 'Der Link ist echt, aber die Einladung dazu wurde gelöscht.',
    next: 'Wenn Sie noch beitreten möchten, bitten Sie die Person, die Sie eingeladen hat, um eine neue.',
  },
  unknown: {
    title: 'Öffnen Sie den Link aus Ihrer E-Mail noch einmal',
    told: 'Unter dieser Adresse sehen Sie eine Einladung nur in dem Browser, in dem ihr Link geöffnet wurde.',
    next: 'Verwenden Sie noch einmal den Link in der E-Mail oder melden Sie sich mit der eingeladenen Adresse an.',
  },
  forged: {
    title: 'Dieser Link ist ungültig',
    told: 'Vielleicht wurde er unterwegs abgeschnitten oder verändert.',
    next: 'Öffnen Sie ihn noch einmal aus der E-Mail oder kopieren Sie ihn ganz in die Adresszeile. Wenn das nicht hilft, bitten Sie die Person, die Sie eingeladen hat, um einen neuen.',
  },
  unavailable: {
    title: 'Einen Moment bitte',
    told: 'Die Einladung kann gerade nicht gezeigt werden. Ihr ist nichts geschehen.',
    next: 'Versuchen Sie es in einer Minute noch einmal: Ihr Link bleibt gültig.',
  },
  signIn: 'Anmelden',
  otherAccount: 'Anderes Konto verwenden',
  tryAgain: 'Noch einmal versuchen',
  write: '{inviter} schreiben',
};

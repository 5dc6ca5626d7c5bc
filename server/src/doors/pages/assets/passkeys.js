/*
 * Passkeys: a form marked data-passkey asks the device (get: to sign in, create: to add one) and is sent with its
 * answer. Where the browser offers passkeys while an address is typed, the marked form waits for that too.
 */
const canParse = typeof PublicKeyCredential?.parseRequestOptionsFromJSON === 'function';
let waiting;

for (const form of document.querySelectorAll('form[data-passkey]')) {
  const failed = form.querySelector('[role="alert"]');
  const ask = async (event) => {
    event.preventDefault();
    failed.hidden = true;
    waiting?.abort();
    try {
      await answer(form);
    } catch {
      failed.hidden = false;
    }
  };
  form.querySelector('a, button').addEventListener('click', ask);
  if (form.dataset.autofill !== undefined) offerWhileTyping(form);
}

async function offerWhileTyping(form) {
  if (!canParse || !(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
  waiting = new AbortController();
  await answer(form, { mediation: 'conditional', signal: waiting.signal }).catch(() => undefined);
}

async function answer(form, how = {}) {
  if (!canParse) throw new Error('This browser has no passkeys');
  const { form_token } = form.elements;
  const response = await fetch(form.dataset.options, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ form_token: form_token.value }),
  });
  if (!response.ok) throw new Error('There is nothing to answer');
  const options = await response.json();
  const credential =
    form.dataset.passkey === 'create'
      ? await navigator.credentials.create({
          publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options),
        })
      : await navigator.credentials.get({
          publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options),
          ...how,
        });
  form.elements.answer.value = JSON.stringify(credential);
  form.submit();
}

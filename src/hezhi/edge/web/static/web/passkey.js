/* Passkeys: forms that work only where the browser knows them, and are hidden otherwise.
 *
 * <form data-passkey="create|get" data-options="JSON" hidden>  asks the device when sent, puts its answer into the
 *   field "answer" and goes on as an ordinary form; [data-passkey-failed] is shown when the device gives none.
 */
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
  .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

const asked = {
  create: (options) => navigator.credentials.create({ publicKey: {
    ...options,
    challenge: bytes(options.challenge),
    user: { ...options.user, id: bytes(options.user.id) },
    excludeCredentials: (options.excludeCredentials ?? []).map((one) => ({ ...one, id: bytes(one.id) })),
  } }),
  get: (options) => navigator.credentials.get({ publicKey: { ...options, challenge: bytes(options.challenge) } }),
};

function said(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = text(credential.response[name]);
  }
  const id = text(credential.rawId);
  return JSON.stringify({ id, rawId: id, type: credential.type, response, clientExtensionResults: {} });
}

async function ask(event) {
  const form = event.target;
  event.preventDefault();
  try {
    const credential = await asked[form.dataset.passkey](JSON.parse(form.dataset.options));
    form.elements.answer.value = said(credential);
    form.submit();
  } catch {
    form.querySelector("[data-passkey-failed]").hidden = false;
  }
}

if (window.PublicKeyCredential) {
  document.querySelectorAll("form[data-passkey]").forEach((form) => {
    form.hidden = false;
    form.addEventListener("submit", ask);
  });
}

// Forms whose button asks the browser for a passkey and sends what it answers.
import { show } from "./toast.js";

const bytes = (text) => {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (one) => one.charCodeAt(0));
};
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
  .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const known = (list) => (list ?? []).map((one) => ({ ...one, id: bytes(one.id) }));

async function make(options) {
  const made = await navigator.credentials.create({ publicKey: {
    ...options,
    challenge: bytes(options.challenge),
    user: { ...options.user, id: bytes(options.user.id) },
    excludeCredentials: known(options.excludeCredentials),
  } });
  return { ...about(made), response: {
    clientDataJSON: text(made.response.clientDataJSON),
    attestationObject: text(made.response.attestationObject),
    transports: made.response.getTransports?.() ?? [],
  } };
}

async function sign(options) {
  const signed = await navigator.credentials.get({ publicKey: {
    ...options,
    challenge: bytes(options.challenge),
    allowCredentials: known(options.allowCredentials),
  } });
  const { clientDataJSON, authenticatorData, signature, userHandle } = signed.response;
  return { ...about(signed), response: {
    clientDataJSON: text(clientDataJSON),
    authenticatorData: text(authenticatorData),
    signature: text(signature),
    userHandle: userHandle ? text(userHandle) : null,
  } };
}

const about = (one) => ({
  id: one.id, rawId: text(one.rawId), type: one.type,
  clientExtensionResults: one.getClientExtensionResults(),
});

async function ask(form) {
  const answer = await fetch(form.dataset.options, {
    method: "POST",
    headers: { "X-CSRFToken": form.elements.csrf_token.value, Accept: "application/json" },
  });
  if (answer.redirected) {
    location.assign(answer.url);
    return null;
  }
  if (!answer.ok) throw new Error(String(answer.status));
  const options = await answer.json();
  return form.dataset.passkey === "make" ? make(options) : sign(options);
}

export function start() {
  document.addEventListener("submit", async (event) => {
    const form = event.target.closest?.("form[data-passkey]");
    if (!form || form.elements.answer.value) return;
    event.preventDefault();
    event.stopPropagation();
    if (!form.reportValidity()) return;
    if (!window.PublicKeyCredential) {
      show(form.dataset.unable, "danger");
      return;
    }
    try {
      const given = await ask(form);
      if (!given) return;
      form.elements.answer.value = JSON.stringify(given);
      form.submit();
    } catch {
      // Cancelled, timed out, none that fits: the browser tells scripts no more than that.
      show(form.dataset.failed, "warning");
    }
  }, true);
}

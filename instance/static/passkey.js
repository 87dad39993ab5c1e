// A passkey is made, or used, when its button is pressed; the form then carries what the
// device said. Without a script, or where the browser allows no passkeys, the page says so.
const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));

const written = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
  .replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");

async function made(form) {
  const { challenge, site, whose, member, name, have } = form.dataset;
  const key = await navigator.credentials.create({
    publicKey: {
      challenge: bytes(challenge),
      rp: { id: site, name: whose },
      user: { id: bytes(member), name, displayName: name },
      pubKeyCredParams: [-7, -8, -257].map((alg) => ({ type: "public-key", alg })),
      excludeCredentials: have.split(" ").filter(Boolean).map((id) => ({ type: "public-key", id: bytes(id) })),
      authenticatorSelection: { residentKey: "required", requireResidentKey: true, userVerification: "required" },
      attestation: "none",
    },
  });
  return { id: key.rawId, client: key.response.clientDataJSON, device: key.response.getAuthenticatorData(), public: key.response.getPublicKey() };
}

async function used(form) {
  const { challenge, site } = form.dataset;
  const key = await navigator.credentials.get({
    publicKey: { challenge: bytes(challenge), rpId: site, userVerification: "required" },
  });
  return { id: key.rawId, client: key.response.clientDataJSON, device: key.response.authenticatorData, signature: key.response.signature };
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!window.isSecureContext || !window.PublicKeyCredential) continue;
  const says = form.querySelector("[data-says]");
  form.querySelector("button").disabled = false;
  says.textContent = "";
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    says.textContent = "";
    try {
      const answer = await (form.dataset.passkey === "create" ? made(form) : used(form));
      for (const [name, value] of Object.entries(answer)) form.elements[name].value = written(value);
    } catch {
      // Whoever changed their mind, or whose device is not known here, is told so.
      says.textContent = says.dataset.not;
      return;
    }
    form.submit();
  });
}

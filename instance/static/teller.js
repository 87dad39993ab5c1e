// A teller's key: made here, kept here, and used here. It cannot be taken out of the
// browser, and what it signs is worked out here from the document on the page: no hash
// that a server handed over is ever signed.

const DATABASE = "folkmoot";
const STORE = "keys";
const ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const PUBLIC_PREFIX = [0xed, 0x01];

// Its message is the name of what the page says of it, in the reader's language.
export class CannotSign extends Error {}

// What is signed

// The one form of RFC 8785 for what a record may hold: no floats, and no half characters.
export function canonical(value) {
  if (value === null || typeof value === "boolean") return JSON.stringify(value);
  if (typeof value === "number") {
    if (!Number.isSafeInteger(value)) throw new CannotSign("inexact");
    return JSON.stringify(value);
  }
  if (typeof value === "string") {
    if (/\p{Surrogate}/u.test(value)) throw new CannotSign("broken");
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value === "object") {
    // The default order is by UTF-16 units, as the standard asks.
    const members = Object.keys(value).sort();
    return `{${members.map((name) => `${canonical(name)}:${canonical(value[name])}`).join(",")}}`;
  }
  throw new CannotSign("broken");
}

const sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));

const hash = (value) => sha256(new TextEncoder().encode(canonical(value)));

async function inHex(bytes) {
  const hex = Array.from(await sha256(bytes), (byte) => byte.toString(16).padStart(2, "0"));
  return `sha256:${hex.join("")}`;
}

export const digest = (value) => inHex(new TextEncoder().encode(canonical(value)));

export function base58(bytes) {
  let number = bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
  let text = "";
  while (number > 0n) {
    text = ALPHABET[Number(number % 58n)] + text;
    number /= 58n;
  }
  const zeros = bytes.findIndex((byte) => byte !== 0);
  return "1".repeat(zeros < 0 ? bytes.length : zeros) + text;
}

export async function multikey(publicKey) {
  const raw = new Uint8Array(await crypto.subtle.exportKey("raw", publicKey));
  return `z${base58([...PUBLIC_PREFIX, ...raw])}`;
}

// eddsa-jcs-2022: the hash of the options first, that of the document second.
export async function sign(document_, pair, created) {
  const unsigned = { ...document_ };
  delete unsigned.proof;
  const options = {
    type: "DataIntegrityProof",
    cryptosuite: "eddsa-jcs-2022",
    created,
    verificationMethod: `#${await multikey(pair.publicKey)}`,
    proofPurpose: "assertionMethod",
  };
  if ("@context" in unsigned) options["@context"] = unsigned["@context"];
  const hashes = new Uint8Array([...(await hash(options)), ...(await hash(unsigned))]);
  const signature = new Uint8Array(await crypto.subtle.sign("Ed25519", pair.privateKey, hashes));
  return { ...unsigned, proof: { ...options, proofValue: `z${base58([...signature])}` } };
}

// A confirmation names a body by its digest. The body stands on the page, so whether the
// two belong together is found out here.
export async function checked(document_, body) {
  if (document_.type !== "Confirmation" || document_.of !== (await digest(body))) {
    throw new CannotSign("otherDocument");
  }
  return document_;
}

// Words are committed to with a salt. Those that people read on the page must be the ones
// that the body commits to, each and every one.
export async function checkWords(lines, body) {
  for (const { words, commit, salt } of lines) {
    const salted = [...salt.matchAll(/../g)].map(([pair]) => parseInt(pair, 16));
    const bytes = new Uint8Array([...salted, ...new TextEncoder().encode(words.normalize("NFC"))]);
    if (salted.length !== 16 || (await inHex(bytes)) !== commit || !canonical(body).includes(`"${commit}"`)) {
      throw new CannotSign("otherWords");
    }
  }
}

// Where the key is kept

function open() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function inStore(mode, act) {
  const database = await open();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, mode, { durability: "strict" });
      const request = act(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onerror = () => reject(transaction.error);
      transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

const kept = (owner) => inStore("readonly", (store) => store.get(owner));

async function make(owner) {
  const pair = await crypto.subtle.generateKey({ name: "Ed25519" }, false, ["sign", "verify"]);
  // Added, not put: a key that is there already is never written over.
  await inStore("readwrite", (store) => store.add(pair, owner));
  await navigator.storage?.persist?.();
  return pair;
}

// What stands in the way of a key, by the name of what the page says of it; or null.
async function hindered() {
  if (!globalThis.isSecureContext || !globalThis.crypto?.subtle) {
    return "insecure";
  }
  try {
    await crypto.subtle.generateKey({ name: "Ed25519" }, false, ["sign", "verify"]);
    await open().then((database) => database.close());
    return null;
  } catch {
    return "incapable";
  }
}

// The page

function element(name, { text, kind, ...attributes } = {}) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (kind) made.className = kind;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function button(text, act, says) {
  const made = element("button", { text, type: "button" });
  made.addEventListener("click", async () => {
    made.disabled = true;
    try {
      await act();
    } catch (error) {
      const [name, why] = error instanceof CannotSign ? [error.message, ""] : ["refused", ` ${error.message}`];
      says(name, why);
      made.disabled = false;
    }
  });
  return made;
}

function speaker(place) {
  const note = element("p", { role: "status" });
  place.append(note);
  return (name, why = "") => {
    note.className = "note care";
    note.textContent = place.dataset[name] + why;
  };
}

async function showKey(place) {
  const pair = await kept(place.dataset.owner);
  place.replaceChildren();
  const says = speaker(place);
  if (pair === undefined) {
    const remake = async () => {
      await make(place.dataset.owner);
      await showKey(place);
      // The button that had the focus is gone: whoever listens hears what came instead.
      place.firstElementChild.tabIndex = -1;
      place.firstElementChild.focus();
    };
    place.append(button(place.dataset.make, remake, says));
    return;
  }
  const key = await multikey(pair.publicKey);
  const copy = async () => {
    await navigator.clipboard.writeText(key);
    says("copied");
  };
  place.prepend(
    element("p", { text: place.dataset.kept }),
    element("p").appendChild(element("code", { text: key, kind: "digest whole", id: "public-key" })).parentNode
  );
  place.append(button(place.dataset.copy, copy, says));
}

async function showSign(place) {
  const { owner, key, document: document_, body, field } = place.dataset;
  const pair = await kept(owner);
  place.replaceChildren();
  const says = speaker(place);
  if (pair === undefined || (await multikey(pair.publicKey)) !== key) {
    says(pair === undefined ? "elsewhere" : "another");
    return;
  }
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const confirm = async () => {
    const what = await checked(read(document_), read(body));
    const shown = document.querySelectorAll("[data-commit]");
    await checkWords(
      Array.from(shown, (line) => ({ words: line.textContent, ...line.dataset })),
      read(body)
    );
    const created = `${new Date().toISOString().slice(0, 19)}Z`;
    const target = document.getElementById(field);
    target.value = canonical(await sign(what, pair, created));
    target.form.requestSubmit();
  };
  place.append(button(place.dataset.confirm, confirm, says));
}

const SHOWS = { key: showKey, sign: showSign };

for (const place of document.querySelectorAll("[data-teller]")) {
  const hindrance = await hindered();
  if (hindrance) {
    place.replaceChildren(element("p", { kind: "note care", text: place.dataset[hindrance] }));
  } else {
    await SHOWS[place.dataset.teller](place);
  }
}

"use strict";
// Checks a ledger proof in the page: hashes the entry's exact bytes, follows the path to the root (RFC 9162, 2.1.3.2), and verifies
// the checkpoint's note (C2SP signed-note, Ed25519). What it computes from comes from the server; what it says is computed here.
(() => {
  const LEAF = Uint8Array.of(0), NODE = Uint8Array.of(1), ED25519 = 1, KEY_HASH = 4;
  const subtle = globalThis.crypto && globalThis.crypto.subtle;

  const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const unhex = (text) => Uint8Array.from(text.match(/../g) || [], (pair) => parseInt(pair, 16));
  const bytesOf = (text) => new TextEncoder().encode(text);
  const unbase64 = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const joined = (...parts) => {
    const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
    let at = 0;
    for (const part of parts) { whole.set(part, at); at += part.length; }
    return whole;
  };
  const sha256 = async (...parts) => new Uint8Array(await subtle.digest("SHA-256", joined(...parts)));

  async function rootFrom(position, size, leaf, path) {
    if (!(position >= 0 && position < size)) return null;
    let here = position, last = size - 1, root = leaf;
    const up = () => { here = Math.floor(here / 2); last = Math.floor(last / 2); };
    for (const sibling of path) {
      if (last === 0) return null;
      if (here % 2 === 1 || here === last) {
        root = await sha256(NODE, sibling, root);
        while (here !== 0 && here % 2 === 0) up();
      } else {
        root = await sha256(NODE, root, sibling);
      }
      up();
    }
    return last === 0 ? root : null;
  }

  // A note: text, an empty line, and lines "— name base64(key hash, signature)".
  function noteOf(note) {
    const end = note.lastIndexOf("\n\n");
    if (end < 0) return null;
    const [origin, size, root] = note.slice(0, end).split("\n");
    const signatures = note.slice(end + 2).split("\n").filter((line) => line.startsWith("\u2014 ")).map((line) => line.split(" "));
    return { text: note.slice(0, end + 1), origin, size, root, signatures };
  }

  // true, false, or null where this browser knows no Ed25519.
  async function signedBy(note, publicKey) {
    let key;
    try {
      key = await subtle.importKey("raw", publicKey, { name: "Ed25519" }, false, ["verify"]);
    } catch {
      return null;
    }
    for (const [, name, encoded] of note.signatures) {
      let given;
      try { given = unbase64(encoded || ""); } catch { continue; }
      const expected = (await sha256(bytesOf(`${name}\n`), Uint8Array.of(ED25519), publicKey)).slice(0, KEY_HASH);
      if (hex(given.slice(0, KEY_HASH)) !== hex(expected)) continue;
      if (await subtle.verify({ name: "Ed25519" }, key, given.slice(KEY_HASH), bytesOf(note.text))) return true;
    }
    return false;
  }

  function namesAll(body, expected) {
    try {
      const data = JSON.parse(body).data;
      const said = { decision: data.decision_id, facts: data.facts_digest, policy: data.policy && data.policy.digest };
      return Object.entries(expected).every(([name, value]) => said[name] === value);
    } catch {
      return false;
    }
  }

  // What each step found: true, false, or null for "cannot be checked here".
  async function check(proof, expected = {}) {
    const body = bytesOf(proof.body), leaf = await sha256(LEAF, body);
    const root = await rootFrom(proof.position, proof.size, leaf, proof.path.map(unhex));
    const note = noteOf(proof.checkpoint.note);
    return {
      names: namesAll(proof.body, expected),
      digest: `sha256:${hex(await sha256(body))}` === proof.digest,
      leaf: hex(leaf) === proof.leaf_hash,
      path: root !== null && hex(root) === proof.checkpoint.root,
      note: note !== null && root !== null && note.size === String(proof.size) && hex(unbase64(note.root)) === hex(root),
      signature: note === null ? false : await signedBy(note, unhex(proof.checkpoint.public_key)),
    };
  }

  function say(place, found) {
    const verdict = place.querySelector("[data-verdict]"), told = { good: "data-ok", bad: "data-bad", unable: "data-unable" };
    let worst = "good";
    for (const line of place.querySelectorAll("[data-step]")) {
      const result = found[line.dataset.step], kind = result === null ? "unable" : result ? "good" : "bad";
      const mark = document.createElement("strong");
      mark.className = `result ${kind}`;
      mark.textContent = ` ${place.getAttribute(told[kind])}`;
      line.append(mark);
      if (kind === "bad" || (kind === "unable" && worst === "good")) worst = kind;
    }
    verdict.textContent = verdict.dataset[worst === "unable" ? "partly" : worst];
    verdict.className = `verdict banner ${{ good: "good", bad: "late", unable: "soon" }[worst]}`;
  }

  async function run(place) {
    const verdict = place.querySelector("[data-verdict]");
    if (!subtle) { verdict.textContent = verdict.dataset.insecure; return; }
    try {
      const answer = await fetch(place.dataset.proof, { headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(String(answer.status));
      const proof = await answer.json(), expected = {};
      for (const name of ["decision", "facts", "policy"]) {
        const value = place.getAttribute(`data-expects-${name}`);
        if (value !== null) expected[name] = value;
      }
      const found = await check(proof, expected);
      place.querySelector("[data-body]").textContent = proof.body;
      say(place, found);
    } catch {
      verdict.textContent = verdict.dataset.lost;
    }
  }

  if (typeof document === "undefined") {
    module.exports = { check, rootFrom, noteOf };
  } else {
    for (const place of document.querySelectorAll("[data-proof]")) run(place);
  }
})();

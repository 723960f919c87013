/** A certificate and its private key, both PEM, read and held against each other. Pure; no message quotes a key. */
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";

/** Both forms of an encrypted key in PEM say so: PKCS#8 in its first line, the older one in a header. */
export function isEncryptedKey(pem: string): boolean {
  return /\bENCRYPTED\b/.test(pem);
}

/** Throws an Error with the reason when one cannot be read or the two do not belong together. */
export function readKeyPair(certificate: string, privateKey: string): { leaf: X509Certificate; key: KeyObject } {
  if (isEncryptedKey(privateKey)) throw new Error("the private key is encrypted");
  const key = createPrivateKey(privateKey);
  const leaf = new X509Certificate(certificate);
  if (!leaf.checkPrivateKey(key)) throw new Error("the private key does not belong to the certificate");
  return { leaf, key };
}

/** Entra ID takes signatures of such keys only: PS256 with at least 2048 bits. Throws an Error with the reason. */
export function requireEntraKey(key: KeyObject): void {
  if (key.asymmetricKeyType !== "rsa") throw new Error("the private key is not an RSA key");
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (bits < 2_048) throw new Error(`the private key has ${bits} bits, and 2048 are the least`);
}

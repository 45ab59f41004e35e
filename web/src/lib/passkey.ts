// Passkeys: the calls about them, and between the server's base64url and the browser's bytes.
import { call, Problem } from './api';
import { t } from './i18n.svelte';

export interface Asked { challenge: string; host: string; user: string; credentials: string[] }
export interface Passkey { id: string; name: string; host: string; made_at: number; used_at: number | null }

/** Browsers offer passkeys at names only, and there over trusted TLS or as localhost. */
export const possible = isSecureContext && 'PublicKeyCredential' in window && !/^[\d.]+$|:/.test(location.hostname);

export const passkeyApi = {
  list: () => call<{ passkeys: Passkey[] }>('GET', '/passkeys').then((got) => got.passkeys),
  begin: (code: string) => call<Asked>('POST', '/passkeys/begin', { code }),
  add: (made: object) => call<void>('POST', '/passkeys', made),
  challenge: () => call<Asked>('POST', '/passkeys/challenge'),
  remove: (id: string) => call<void>('DELETE', `/passkeys/${id}`),
};

const bytes = (text: string) => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (one) => one.charCodeAt(0));
const text = (buffer: ArrayBuffer | null) => btoa(String.fromCharCode(...new Uint8Array(buffer ?? []))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
const known = ({ credentials }: Asked) => credentials.map((id) => ({ type: 'public-key' as const, id: bytes(id) }));

async function device<T>(work: Promise<Credential | null>): Promise<T> {
  const made = (await work.catch((error: DOMException) => {
    const there = error.name === 'InvalidStateError';
    throw new Problem(0, '', t(there ? 'refusal.passkey_there' : 'refusal.passkey_failed'), there ? 'passkey_there' : 'passkey_failed');
  })) as PublicKeyCredential;
  return made as T;
}

/** As the server takes it in a code's place. */
export async function prove(asked: Asked): Promise<string> {
  const { rawId, response: said } = await device<{ rawId: ArrayBuffer; response: AuthenticatorAssertionResponse }>(navigator.credentials.get({
    publicKey: { challenge: bytes(asked.challenge), rpId: asked.host, allowCredentials: known(asked), userVerification: 'required', timeout: 300_000 },
  }));
  return `passkey.${[rawId, said.clientDataJSON, said.authenticatorData, said.signature, said.userHandle].map(text).join('.')}`;
}

/** A new one, as POST /passkeys takes it; -7, -8 and -257 are ES256, EdDSA and RS256. */
export async function make(asked: Asked, account: string) {
  const { response: said } = await device<{ response: AuthenticatorAttestationResponse }>(navigator.credentials.create({
    publicKey: {
      challenge: bytes(asked.challenge), rp: { id: asked.host, name: 'BackFuture' }, user: { id: bytes(asked.user), name: account, displayName: account },
      pubKeyCredParams: [-7, -8, -257].map((alg) => ({ type: 'public-key', alg })), excludeCredentials: known(asked),
      authenticatorSelection: { userVerification: 'required' }, attestation: 'none', timeout: 300_000,
    },
  }));
  return { client_data: text(said.clientDataJSON), authenticator_data: text(said.getAuthenticatorData()) };
}

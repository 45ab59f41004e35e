// Passkeys as the document describes them: from the first to the removal, of an account that has one-time codes.
import assert from 'node:assert/strict';
import { PasskeyDevice } from '../door/passkey_device.mjs';

/** `code()` gives a good code of the owner's, `slowed` asks with wrong ones until it has to wait. */
export async function passkeysFrom({ expects, ask, origin, code, slowed, password }) {
    const host = `localhost:${new URL(origin).port}`, device = new PasskeyDevice(`http://${host}`), headers = { Host: host };
    const at = (status, method, route, body, more = {}) => expects(status, method, `/api/v1/${route}`, { body, headers, ...more });
    for (const broken of ['{', '[]']) for (const route of ['passkeys', 'passkeys/begin', 'passkeys/challenge']) await at(400, 'post', route, broken);
    assert.equal((await at(409, 'post', 'passkeys/challenge', {})).code, 'conflict');
    assert.equal((await expects(422, 'post', '/api/v1/passkeys/challenge', { body: {} })).code, 'arguments');
    assert.equal((await at(422, 'post', 'passkeys/begin', {})).field, 'code');
    await slowed('passkeys/begin');
    const begin = async () => at(200, 'post', 'passkeys/begin', { code: code() });
    const made = { name: 'described', ...device.made(await begin()) };
    for (const field of Object.keys(made)) assert.equal((await at(422, 'post', 'passkeys', { ...made, [field]: '' })).field, field);
    for (const field of Object.keys(made)) for (const wrong of [null, 7, true, [], {}]) await at(422, 'post', 'passkeys', { ...made, [field]: wrong });
    for (const field of ['client_data', 'authenticator_data']) for (const wrong of ['e30', 'not base64url!', 'A'.repeat(5000)]) {
        const answer = await ask('post', '/api/v1/passkeys', { body: { ...made, [field]: wrong }, headers });
        assert.ok([409, 422].includes(answer.status), answer.text);
    }
    const { passkeys: [kept] } = await at(201, 'post', 'passkeys', { name: 'described', ...device.made(await begin()) });
    assert.deepEqual((await at(200, 'get', 'passkeys')).passkeys, [kept]);
    assert.deepEqual((await at(200, 'get', 'people/owner/passkeys')).passkeys, [kept]);
    const asked = (await at(401, 'post', 'sign-in', { password }, { signedIn: false })).passkey;
    assert.deepEqual([asked.host, asked.credentials], ['localhost', [device.id.toString('base64url')]]);
    await at(204, 'post', 'sign-in', { password, code: device.answer(asked) }, { signedIn: false });
    await at(204, 'post', 'step-up', { code: device.answer(await at(200, 'post', 'passkeys/challenge', {})) });
    await at(204, 'delete', `passkeys/${kept.id}`);
    await at(404, 'delete', `passkeys/${kept.id}`);
    const { passkeys: [again] } = await at(201, 'post', 'passkeys', { name: 'described', ...device.made(await begin()) });
    await at(404, 'delete', `people/nobody/passkeys/${again.id}`);
    await at(204, 'delete', `people/owner/passkeys/${again.id}`);
}

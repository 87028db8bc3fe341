// imapflow with COMPRESS, CONDSTORE, QRESYNC and UTF8=ACCEPT: many rounds in which it goes away, another client changes the mailbox, and it comes back
// and believes only what it is told. Argument: the port of imaps. Prints "all done" or dies of the first surprise.
import assert from 'node:assert/strict';
import { ImapFlow } from 'imapflow';

const port = Number(process.argv[2]);
const options = { host: '127.0.0.1', port, secure: true, tls: { rejectUnauthorized: false }, auth: { user: 'bob@house.test', pass: "bob's password" }, logger: false };
const letter = (n) => `From: Ann <ann@house.test>\r\nTo: bob@house.test\r\nSubject: Letter ${n}\r\nMessage-ID: <${n}.resync@house.test>\r\n\r\n${'words '.repeat(200)}\r\n`;

async function client(more = {}) {
    const one = new ImapFlow({ ...options, ...more });
    await one.connect();
    return one;
}

// What the client that goes away believes: uid -> flags.
const known = new Map();
let validity, modseq;
let chance = 7;
const below = (end) => (chance = (chance * 48271) % 2147483647) % end;

async function see(open) {
    const one = await client({ qresync: true });
    assert.ok(one._deflate, 'COMPRESS=DEFLATE is in use');
    for (const name of ['CONDSTORE', 'QRESYNC', 'UTF8=ACCEPT']) assert.ok(one.enabled.has(name), `${name} is enabled`);
    one.on('expunge', (gone) => {
        assert.ok(gone.vanished, 'VANISHED, not EXPUNGE');
        known.delete(gone.uid);
    });
    one.on('flags', (changed) => known.set(changed.uid, [...changed.flags].sort().join(' ')));
    const mailbox = await one.mailboxOpen('INBOX', open);
    validity = mailbox.uidValidity;
    for await (const message of one.fetch(modseq ? `${Math.max(0, ...known.keys()) + 1}:*` : '1:*', { uid: true, flags: true }, { uid: true })) {
        known.set(message.uid, [...message.flags].sort().join(' '));
    }
    // Live as well: another client's work while this one idles.
    await change(2);
    await one.noop();
    modseq = one.mailbox.highestModseq;
    await same(one);
    await one.logout();
}

const other = await client({ disableCompression: true });
await other.mailboxOpen('INBOX');
let next = 0;

async function change(times) {
    for (let n = 0; n < times; n++) {
        const uids = (await other.search({ all: true }, { uid: true })) || [];
        const uid = uids[below(uids.length)];
        switch (uids.length < 10 ? 0 : below(4)) {
            case 0: await other.append('INBOX', letter(next++)); break;
            case 1: await other.messageDelete(String(uid), { uid: true }); break;
            case 2: await other.messageFlagsAdd(String(uid), ['\\Flagged', `Word${below(5)}`], { uid: true }); break;
            case 3: await other.messageFlagsRemove(String(uid), ['\\Flagged', '\\Seen'], { uid: true }); break;
        }
    }
}

// What is believed is what is there.
async function same(one) {
    const there = new Map();
    for await (const message of one.fetch('1:*', { uid: true, flags: true })) there.set(message.uid, [...message.flags].filter((f) => f !== '\\Recent').sort().join(' '));
    const believed = new Map([...known].map(([uid, flags]) => [uid, flags.replace(/\\Recent ?/, '').trim()]));
    for (const uid of there.keys()) if (!believed.has(uid)) known.set(uid, there.get(uid)), believed.set(uid, there.get(uid));
    assert.deepEqual([...believed].sort((a, b) => a[0] - b[0]), [...there].sort((a, b) => a[0] - b[0]));
}

await change(30);
await see();
for (let round = 0; round < 12; round++) {
    await change(8);
    await see({ uidValidity: validity, changedSince: String(modseq) });
}
// What is fetched through the compressed line is whole.
const reader = await client();
await reader.mailboxOpen('INBOX');
for await (const message of reader.fetch('1:*', { source: true })) assert.match(message.source.toString(), /^(words )+$/m);
await reader.logout();
await other.logout();
console.log('all done');

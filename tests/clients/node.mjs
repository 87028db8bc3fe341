// nodemailer sends to Bob; imapflow hears of it by IDLE, reads it, flags it, moves it, finds it, deletes it.
// Arguments: ports of submission, submissions, imaps, imap. Prints "all done" or dies of the first surprise.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import nodemailer from 'nodemailer';
import { ImapFlow } from 'imapflow';

const [submission, submissions, imaps, imap] = process.argv.slice(2).map(Number);
const tls = { rejectUnauthorized: false };
const ann = { user: 'ann@house.test', pass: "ann's password" };
const bob = { user: 'bob@house.test', pass: "bob's password" };
const photo = crypto.randomBytes(200_000);

const letter = (subject) => ({
    from: 'Ann <ann@house.test>', to: 'Bob Größe <bob@house.test>', bcc: 'ann@house.test', subject,
    text: '.a dot\nπόσο ωραία\n', html: '<p>π <b>bold</b></p>',
    attachments: [{ filename: 'Фото.jpg', content: photo }],
});

async function send(options, subject) {
    const transport = nodemailer.createTransport({ host: '127.0.0.1', tls, auth: ann, ...options });
    const info = await transport.sendMail(letter(subject));
    assert.deepEqual(info.accepted.sort(), ['ann@house.test', 'bob@house.test']);
    transport.close();
}

const client = new ImapFlow({ host: '127.0.0.1', port: imaps, secure: true, tls, auth: bob, logger: false });
await client.connect();
const special = (await client.list()).filter((m) => m.specialUse).map((m) => m.specialUse).sort();
assert.deepEqual(special, ['\\Archive', '\\Drafts', '\\Inbox', '\\Junk', '\\Sent', '\\Trash']);

let lock = await client.getMailboxLock('INBOX');
const heard = new Promise((resolve) => client.once('exists', resolve));
const idling = client.idle();
await send({ port: submission, requireTLS: true }, 'Über STARTTLS ✓');
assert.equal((await heard).count, 1);
await client.noop();
await idling;
await send({ port: submissions, secure: true }, 'Second');

await client.noop();
const messages = await client.fetchAll('1:*', { envelope: true, bodyStructure: true, flags: true, source: true, size: true, internalDate: true });
assert.equal(messages.length, 2);
const [first] = messages;
assert.equal(first.envelope.subject, 'Über STARTTLS ✓');
assert.equal(first.envelope.to[0].name, 'Bob Größe');
assert.equal(first.source.length, first.size);
assert.ok(!first.source.toString().includes('Bcc:'), 'Bcc went out');
assert.equal(first.bodyStructure.type, 'multipart/mixed');
const part = first.bodyStructure.childNodes.find((n) => n.disposition === 'attachment');
assert.equal(part.dispositionParameters.filename, 'Фото.jpg');
const { content } = await client.download('1', part.part);
const pieces = [];
for await (const piece of content) pieces.push(piece);
assert.ok(Buffer.concat(pieces).equals(photo), 'the attachment changed on the way');

await client.messageFlagsAdd('1', ['\\Seen', '$Forwarded']);
assert.deepEqual([...(await client.fetchOne('1', { flags: true })).flags].filter((f) => f !== '\\Recent').sort(), ['$Forwarded', '\\Seen']);
assert.deepEqual(await client.search({ seen: false }), [2]);
assert.deepEqual(await client.search({ header: { subject: 'STARTTLS' } }), [1]);
assert.deepEqual(await client.search({ body: 'ωραία' }), [1, 2]);
await client.mailboxCreate(['Ferien', 'Παξοί']);
const moved = await client.messageMove('1', 'Ferien/Παξοί');
assert.equal(moved.uidMap.size, 1);
lock.release();
lock = await client.getMailboxLock('Ferien/Παξοί');
assert.equal(client.mailbox.exists, 1);
assert.equal((await client.fetchOne('1', { envelope: true })).envelope.subject, 'Über STARTTLS ✓');
await client.messageDelete('1');
assert.equal((await client.status('Ferien/Παξοί', { messages: true })).messages, 0);
const appended = await client.append('Drafts', Buffer.from('Subject: draft\r\n\r\ntext\r\n'), ['\\Draft'], new Date(1e12));
assert.ok(appended.uid > 0);
lock.release();
await client.logout();

const starttls = new ImapFlow({ host: '127.0.0.1', port: imap, secure: false, doSTARTTLS: true, tls, auth: bob, logger: false });
await starttls.connect();
assert.equal((await starttls.status('INBOX', { messages: true })).messages, 1);
await starttls.logout();
console.log('all done');

// A person with a phone makes the box theirs: from the first warning to the end of the window, every page looked at.
// Argument: one JSON object {http, https, language, script, dark, domain}. Prints "all done" or dies of the first surprise.
import assert from 'node:assert/strict';
import { Phone } from './browser.mjs';

const asked = JSON.parse(process.argv[2]);
const secure = `https://127.0.0.1:${asked.https}`;
const PASSWORD = 'three small green boats';
const phone = await Phone.open(asked);
const { page } = phone;
const path = () => new URL(page.url()).pathname;
const submit = () => phone.tap('main form[method=post]:last-of-type button[type=submit]');
const by = (selector) => page.locator(selector).first();

// Plain HTTP: what the coming warning means.
assert.ok(await phone.go(`http://127.0.0.1:${asked.http}/`) < 400);
await phone.look('warning');
assert.match(await page.content(), new RegExp(`https://[^"]*:${asked.https}`), 'a way to the page over TLS');

// Hello, and is it this box?
assert.equal(await phone.go(`${secure}/`), 200);
await phone.look('hello');
assert.deepEqual(await phone.context.cookies(), [], 'no cookie before sign-in');
await phone.tap('main a.button.second');
await phone.look('not-mine');
await phone.tap('main a.button');
await phone.tap('main a.button:not(.second)');

// 1: a slip first, then right. What was typed is still there.
assert.equal(path(), '/setup/you');
await phone.look('you');
await by('#name').fill('Άννα <b>Smith</b>');
await by('#local').fill('anna');
await by('#password').fill(PASSWORD);
await by('#again').fill('something else');
await submit();
await phone.look('you-wrong');
assert.equal(await by('#name').inputValue(), 'Άννα <b>Smith</b>');
assert.equal(await by('[role=alert]').count(), 1);
await by('#name').fill('Άννα Smith');
await by('#password').fill(PASSWORD);
await by('#again').fill(PASSWORD);
await submit();

// 2
assert.equal(path(), '/setup/address');
await phone.look('address');
const cookies = await phone.context.cookies();
assert.equal(cookies.length, 1);
assert.ok(cookies[0].secure && cookies[0].httpOnly && cookies[0].sameSite === 'Strict', JSON.stringify(cookies));
if (asked.domain) {
    await by('#domain').fill('no domain at all');
    await submit();
    await phone.look('address-wrong');
    await by('#domain').fill(asked.domain);
    await submit();
} else {
    await by('input[name=kind][value=none]').check();
    await submit();
}

// 3
assert.equal(path(), '/setup/sending', await phone.text());
await phone.look('sending');
if (asked.domain) {
    await phone.tap('main a[href*="provider=gmail"]');
    await phone.look('provider');
    await page.goBack();
    await phone.tap('main a[href*="provider=other"]');
    await by('#host').fill('127.0.0.1');
    await by('#port').fill(String(asked.relay));
    await by('#user').fill('anna');
    await by('#password').fill('wrong');
    await submit();
    await phone.look('trial');
    await phone.settled();
    await phone.look('trial-answer');
    await phone.go(`${secure}/setup/sending`);
    await submit();
    await phone.look('direct');
    await phone.settled();
    await phone.look('direct-answer');
    await phone.go(`${secure}/setup/arriving`);
} else {
    await phone.tap('main .go .button');
}

// 4
assert.equal(path(), '/setup/arriving');
await phone.look('arriving');
await phone.tap('main form:has(input[value=name]) button, main .go .button');
if (path() !== '/setup/place') await phone.go(`${secure}/setup/place`);

// 5
await phone.look('place');
await by('#zone').selectOption('Europe/Athens').catch(async () => {
    await phone.go(`${secure}/setup/place?region=Europe`);
    await by('#zone').selectOption('Europe/Athens');
});
await by('#language').selectOption(asked.language);
await submit();
assert.equal(path(), '/setup/done');
await phone.look('done');

// Every page after setup.
const seen = new Set(['/', '/welcome', '/sign-out', '/close']);
const waiting = ['/household', '/household/people', '/household/aliases', '/household/devices', '/household/records', '/password'];
while (waiting.length) {
    const next = waiting.shift();
    if (seen.has(next.split('?')[0])) continue;
    seen.add(next.split('?')[0]);
    assert.equal(await phone.go(secure + next), 200, next);
    await phone.settled();
    await phone.look(next.replaceAll('/', '-').replaceAll(/[?=&%]/g, '_').slice(1));
    const links = await page.locator('a[href^="/"]').evaluateAll((all) => all.map((a) => a.getAttribute('href')));
    waiting.push(...links.filter((href) => !href.includes('lang=') && !/^\/setup\/sending|\.(zone|mobileconfig)/.test(href)));
}
console.log([...seen].join(' '));

// The end: the window is closed.
await phone.go(`${secure}/setup/done`);
await submit();
await phone.look('closed');
await phone.go(`${secure}/`);
await phone.look('closed-again');
assert.equal(await phone.go(`${secure}/household`), 404);
await phone.look('closed-household');
await phone.close();
console.log('all done');

// Debian's Chromium as a phone: opens the box's pages as a person would, and looks hard at each one.
//
//     const phone = await Phone.open({ language: 'el', script: true, dark: false });
//     await phone.go('https://127.0.0.1:8443/');
//     await phone.look('hello');        // small enough, no sideways scrolling, axe finds nothing, nothing that the CSP forbade
//
// PILLARBOX_SHOTS=folder keeps a picture of each page that was looked at.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const AXE = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((file) => fs.existsSync(file));
const SHOTS = process.env.PILLARBOX_SHOTS;
// A page with everything that it loads, in octets as they come over the line.
const PAGE_MAX = 50 * 1024;
// It talks to the box and to nobody else, and leaves nothing of its own running.
const QUIET = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'];
const WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

export class Phone {
    static async open({ language = 'en', script = true, dark = false, width = 390 }) {
        const phone = new Phone();
        phone.name = `${language}${script ? '' : '-noscript'}${dark ? '-dark' : ''}`;
        Object.assign(phone, { language, script });
        phone.browser = await chromium.launch({ executablePath: CHROMIUM, headless: true, args: QUIET });
        phone.context = await phone.browser.newContext({
            locale: language === 'el' ? 'el-GR' : 'en-GB', ignoreHTTPSErrors: true, javaScriptEnabled: script,
            viewport: { width, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true,
            colorScheme: dark ? 'dark' : 'light',
        });
        phone.page = await phone.context.newPage();
        phone.complaints = [];
        phone.pictures = 0;
        phone.page.on('console', (said) => { if (said.type() === 'error' && !said.text().includes('status of 4')) phone.complaints.push(said.text()); });
        phone.page.on('pageerror', (error) => phone.complaints.push(String(error)));
        phone.page.on('request', (request) => {
            if (request.isNavigationRequest() && !request.redirectedFrom()) phone.answers = [];
            const host = new URL(request.url()).hostname;
            if (host !== '127.0.0.1' && host !== 'localhost' && host !== '') phone.complaints.push(`asked ${request.url()}`);
        });
        phone.page.on('response', (response) => {
            phone.answers ??= [];
            phone.answers.push(response.body().then((body) => body.length, () => 0));
        });
        return phone;
    }

    async go(url) {
        this.answers = [];
        const answer = await this.page.goto(url);
        return answer.status();
    }

    // Taps what a thumb would tap, and waits until the next page is there.
    async tap(selector) {
        this.answers = [];
        await Promise.all([this.page.waitForEvent('load', { timeout: 30_000 }), this.page.locator(selector).first().tap()]);
    }

    // Waits until the page, which refreshes itself while the box finds something out, has its answer.
    async settled() {
        await this.page.locator('main:not([data-live])').waitFor({ timeout: 90_000 });
        await this.page.waitForLoadState();
    }

    async text() {
        return this.page.locator('body').innerText();
    }

    // Insists that the page is fit for a person, whoever they are.
    async look(name) {
        await this.page.waitForLoadState();
        const found = await this.page.evaluate(() => ({
            lang: document.documentElement.lang, title: document.title, html: document.documentElement.outerHTML.length,
            wide: document.documentElement.scrollWidth - window.innerWidth,
            headings: document.querySelectorAll('h1').length,
            small: [...document.querySelectorAll('button, input:not([type=hidden]), select, nav a')].filter((element) => {
                const box = (element.closest('label') ?? element).getBoundingClientRect();
                return box.height > 0 && box.height < 24;
            }).map((element) => element.outerHTML.slice(0, 80)),
        }));
        if (SHOTS) {
            fs.mkdirSync(SHOTS, { recursive: true });
            const number = String(this.pictures++).padStart(2, '0');
            await this.page.screenshot({ path: path.join(SHOTS, `${this.name}-${number}-${name}.png`), fullPage: true });
        }
        const where = `${this.name} ${name} (${this.page.url()})`;
        assert.equal(found.lang, this.language, `${where}: the language of the page`);
        assert.equal(found.headings, 1, `${where}: one h1`);
        assert.ok(found.title.length > 0, `${where}: a title`);
        assert.ok(found.wide <= 0, `${where}: scrolls sideways by ${found.wide} px`);
        assert.deepEqual(found.small, [], `${where}: too small for a thumb`);
        assert.deepEqual(this.complaints, [], `${where}: the browser complains`);
        const octets = (await Promise.all(this.answers ?? [])).reduce((sum, n) => sum + n, 0);
        assert.ok(Math.max(octets, found.html) < PAGE_MAX, `${where}: ${octets} octets`);
        // Without script axe cannot run; the same page is looked at with script.
        if (!this.script) return octets;
        await this.page.evaluate(AXE);
        const { violations } = await this.page.evaluate((values) => window.axe.run(document, { runOnly: { type: 'tag', values } }), WCAG);
        const told = violations.map((v) => `${v.id}: ${v.help}\n    ${v.nodes.map((n) => n.html).join('\n    ')}`);
        assert.deepEqual(told, [], `${where}: axe-core`);
        return octets;
    }

    async close() {
        await this.browser.close();
    }
}

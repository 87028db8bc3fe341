// mailauth judges the signatures of the messages in the files that are named after the first argument, a JSON file of text records by name.
// Prints one line a file: for each signature its algorithm and what mailauth says of it.
import fs from 'node:fs';
import { dkimVerify } from 'mailauth/lib/dkim/verify.js';

const [records, ...files] = process.argv.slice(2);
const texts = JSON.parse(fs.readFileSync(records));
const resolver = async (name, kind) => {
    if (kind === 'TXT' && texts[name]) return [[texts[name]]];
    throw Object.assign(new Error(`${name} has no ${kind}`), { code: 'ENOTFOUND' });
};
for (const file of files) {
    const { results } = await dkimVerify(fs.readFileSync(file), { resolver });
    console.log(results.map((r) => `${r.algo}=${r.status.result}`).sort().join(' '));
}

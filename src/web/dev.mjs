// Serves dist/ as the program does and passes /api on to a running `ecocomp serve`: for work on the page without compiling Rust.
//   node build.mjs --quick && node dev.mjs [PORT] [API]        default 8090 http://127.0.0.1:8080
import { createServer, request } from 'node:http';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const dist = join(dirname(fileURLToPath(import.meta.url)), 'dist');
const [port = '8090', api = 'http://127.0.0.1:8080'] = process.argv.slice(2);
const source = readFileSync(join(dist, '../../http/page.rs'), 'utf8');
const policy = /const POLICY: &str = "([^"]*)"/.exec(source)[1].replace(/\\\s+/g, '');
const kinds = { js: 'text/javascript', css: 'text/css', svg: 'image/svg+xml', txt: 'text/plain' };

createServer((question, answer) => {
  const path = new URL(question.url, 'http://x').pathname;
  if (path.startsWith('/api')) {
    const onward = request(api + question.url, { method: question.method, headers: { ...question.headers, host: new URL(api).host, origin: api } }, (got) => {
      answer.writeHead(got.statusCode, got.headers);
      got.pipe(answer);
    });
    onward.on('error', () => answer.destroy());
    answer.on('close', () => onward.destroy());
    question.pipe(onward);
  } else if (/^\/assets\/[\w.-]+$/.test(path) && existsSync(join(dist, path))) {
    answer.setHeader('content-type', `${kinds[path.split('.').pop()]}; charset=utf-8`);
    answer.end(readFileSync(join(dist, path)));
  } else {
    answer.setHeader('content-type', 'text/html; charset=utf-8');
    answer.setHeader('content-security-policy', policy);
    answer.end(readFileSync(join(dist, 'index.html')));
  }
}).listen(Number(port), '127.0.0.1', function listening() { console.log(`http://127.0.0.1:${this.address().port}`); });

// `npm run build`: scripts/run.mjs has built the web interface before this file runs; the server needs no build.
console.log('The web interface is built in packages/web/dist. The server runs from its sources.');

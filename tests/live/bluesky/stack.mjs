// PLC, bsync, AppView and PDS from @atproto/dev-env and our chat service, in one process, on loopback.
// env: DB_POSTGRES_URL, REDIS_HOST (host:port), READY_FILE. Ends when its standard input does, or on SIGTERM.
import fs from 'node:fs'
import { TestBsky, TestBsync, TestPds, TestPlc, mockNetworkUtilities } from '@atproto/dev-env'
import { startChatService, didDoc } from './chat-service.mjs'
import { putGateBefore } from './gate.mjs'

const CHAT_DID = 'did:web:api.bsky.chat'
const { DB_POSTGRES_URL: dbUrl, REDIS_HOST: redisHost, READY_FILE: readyFile } = process.env
const freePort = async () => {
  const { default: net } = await import('node:net')
  return new Promise((done) => {
    const server = net.createServer()
    server.listen(0, '127.0.0.1', () => { const { port } = server.address(); server.close(() => done(port)) })
  })
}

const plc = await TestPlc.create({ port: await freePort() })
const pdsPort = await freePort()
const bsync = await TestBsync.create({ port: await freePort(), apiKeys: ['bsync-api-key'], dbUrl, dbSchema: 'bsync' })
const bsky = await TestBsky.create({
  port: await freePort(), plcUrl: plc.url, pdsPort, bsyncApiKey: 'bsync-api-key', bsyncUrl: bsync.url,
  repoProvider: `ws://localhost:${pdsPort}`, dbPostgresSchema: 'appview', dbPostgresUrl: dbUrl, redisHost,
  modServiceDid: 'did:example:mod', labelsFromIssuerDids: ['did:example:labeler'],
})
bsync.ctx.dataplaneClients = [bsky.ctx.dataplane]
const pds = await TestPds.create({
  port: pdsPort, hostname: 'localhost', didPlcUrl: plc.url, bskyAppViewUrl: bsky.url,
  bskyAppViewDid: bsky.ctx.cfg.serverDid, modServiceUrl: 'https://moderator.invalid', modServiceDid: 'did:example:mod',
  enableDidDocWithSession: true,
})
mockNetworkUtilities(pds, bsky)

const chat = await startChatService({ plcUrl: plc.url, appviewUrl: bsky.url, dids: [CHAT_DID] })
// The PDS would fetch this DID's document over https from the real host: answer it here instead.
const resolve = pds.ctx.idResolver.did.resolveNoCache
pds.ctx.idResolver.did.resolveNoCache = (did) =>
  did === CHAT_DID ? didDoc(CHAT_DID, chat.url) : resolve.call(pds.ctx.idResolver.did, did)

/** Returns when everything written so far can be read everywhere. */
const settle = async () => {
  await pds.processAll()
  const written = await pds.ctx.sequencer.curr()
  for (const start = Date.now(); Date.now() - start < 20_000;) {
    await bsky.sub.processAll()
    const read = await bsky.sub.getCursor()
    if (!written || read >= written) break
    await new Promise((done) => setTimeout(done, 5))
  }
  await bsky.bsyncSub.processAll(await bsync.getStreamHeads(), 20_000)
}
putGateBefore(pds.server.server, { settle })

const ready = { pds: pds.url, appview: bsky.url, plc: plc.url, chat: chat.url, pid: process.pid }
fs.writeFileSync(`${readyFile}.tmp`, JSON.stringify(ready))
fs.renameSync(`${readyFile}.tmp`, readyFile)

let isClosing = false
const close = async () => {
  if (isClosing) return
  isClosing = true
  setTimeout(() => process.exit(1), 15_000).unref()
  for (const part of [chat, pds, bsky, bsync, plc]) {
    try { await part.close() } catch (error) { console.error('close:', error.message) }
  }
  process.exit(0)
}
process.on('SIGTERM', close)
process.stdin.on('end', close).resume()

// A small chat service (chat.bsky.convo.*) for tests: nobody publishes the real one.
// - request params / bodies / own responses are validated against the published lexicons
// - the caller is authenticated with the inter-service JWT that a real PDS signs when it proxies
// - graph rules (allowIncoming, follows, blocks) are read from the real local AppView
// - /_control/* is a test-only side door (loopback): fault injection, inspection, moderation
import http from 'node:http'
import express from 'express'
import { createServer, verifyJwt, InvalidRequestError, AuthRequiredError, XRPCError } from '@atproto/xrpc-server'
import { schemas } from '@atproto/api'
import { IdResolver } from '@atproto/identity'

const S32 = '234567abcdefghijklmnopqrstuvwxyz'
const DEFS = 'chat.bsky.convo.defs'
const err = (message, name, status = 400) => new XRPCError(status, message, name)

/** strictly increasing 13-char TID: rev / message id / convo id all sort lexicographically */
const makeTid = () => {
  let last = 0
  return () => {
    last = Math.max(Date.now() * 1000, last + 1)
    let n = BigInt(last) << 10n
    let s = ''
    for (let i = 0; i < 13; i++) { s = S32[Number(n & 31n)] + s; n >>= 5n }
    return s
  }
}

export async function startChatService({ port = 0, plcUrl, appviewUrl, dids = ['did:web:api.bsky.chat'], log = () => {} }) {
  const tid = makeTid()
  const idResolver = new IdResolver({ plcUrl, fetch: globalThis.fetch })   // default fetch refuses http:// and private addresses
  const convos = new Map()       // id -> convo
  const byPair = new Map()       // "didA,didB" -> id
  const logs = new Map()         // did -> [{rev,...}]
  const disabled = new Set()     // DIDs whose chat is disabled (moderation)
  const faults = []              // {nsid, did?, times, mode, status, error, message, headers, delayMs}
  const calls = []               // audit trail for assertions
  const stats = { badAuth: 0 }

  // ---------- helpers that talk to the real AppView ----------
  const av = async (nsid, params) => {
    const u = new URL(`/xrpc/${nsid}`, appviewUrl)
    for (const [k, v] of Object.entries(params)) for (const x of [].concat(v)) u.searchParams.append(k, x)
    const r = await fetch(u, { redirect: 'error' })
    return { status: r.status, body: await r.json().catch(() => ({})) }
  }
  const profiles = async (didList) => {
    const { body } = await av('app.bsky.actor.getProfiles', { actors: didList })
    const m = new Map((body.profiles ?? []).map((p) => [p.did, p]))
    return didList.map((did) => {
      const p = m.get(did)
      if (!p) return { did, handle: 'missing.invalid', kind: { $type: 'chat.bsky.actor.defs#directConvoMember' } }
      const out = { did, handle: p.handle, kind: { $type: 'chat.bsky.actor.defs#directConvoMember' } }
      for (const k of ['displayName', 'avatar', 'associated', 'labels', 'createdAt', 'verification']) if (p[k] !== undefined) out[k] = p[k]
      if (disabled.has(did)) out.chatDisabled = true
      return out
    })
  }
  const relation = async (actor, other) => {
    const { status, body } = await av('app.bsky.graph.getRelationships', { actor, others: [other] })
    if (status !== 200) throw err('recipient does not exist', 'RecipientNotFound')
    return body.relationships[0] ?? {}
  }
  const allowIncoming = async (did) => {
    const { status, body } = await av('app.bsky.actor.getProfile', { actor: did })
    if (status !== 200) throw err('recipient does not exist', 'RecipientNotFound')
    return body.associated?.chat?.allowIncoming ?? 'following'   // default when no declaration record
  }
  const blockCheck = async (me, other) => {
    const rel = await relation(me, other)
    if (rel.notFound) throw err('recipient does not exist', 'RecipientNotFound')
    if (rel.blocking || rel.blockingByList) throw err('block between recipient and sender', 'BlockedActor')
    if (rel.blockedBy || rel.blockedByList) throw err('block between recipient and sender', 'BlockedSubject')
    return rel
  }
  const initiateCheck = async (me, other) => {
    if (disabled.has(me)) throw err('Account is disabled', 'AccountSuspended')
    const rel = await blockCheck(me, other)
    const policy = disabled.has(other) ? 'none' : await allowIncoming(other)
    if (policy === 'none') throw err('recipient has disabled incoming messages', 'MessagesDisabled')
    if (policy !== 'all' && !rel.followedBy) {
      throw err('recipient requires incoming messages to come from someone they follow', 'NotFollowedBySender')
    }
    return { recipientFollowsMe: !!rel.followedBy }
  }

  // ---------- state ----------
  const newState = (status) => ({ status, muted: false, hidden: new Set(), left: false, readRev: undefined, since: undefined })
  const emit = (did, entry) => { if (!logs.has(did)) logs.set(did, []); logs.get(did).push(entry) }
  const mustConvo = (id, did) => {
    const c = convos.get(id)
    if (!c || !c.state[did]) throw err('Convo not found', 'InvalidConvo')
    return c
  }
  const msgView = (m) => m.deleted
    ? { $type: `${DEFS}#deletedMessageView`, id: m.id, rev: m.rev, sender: { did: m.sender }, sentAt: m.sentAt }
    : { $type: `${DEFS}#messageView`, id: m.id, rev: m.rev, text: m.text, sender: { did: m.sender }, sentAt: m.sentAt,
        ...(m.facets ? { facets: m.facets } : {}), ...(m.embed ? { embed: m.embed } : {}),
        ...(m.replyTo ? { replyTo: m.replyTo } : {}),
        ...(m.reactions?.length ? { reactions: m.reactions } : {}) }
  const visible = (c, did) => c.messages.filter((m) => !c.state[did].hidden.has(m.id) && m.rev > (c.state[did].since ?? ''))
  const kindOf = (c) => c.name === undefined ? { $type: `${DEFS}#directConvo` } : {
    $type: `${DEFS}#groupConvo`, name: c.name, createdAt: c.createdAt, memberCount: c.members.length, memberLimit: 50,
    lockStatus: 'unlocked', lockStatusModerationOverride: false }
  /** Only by the side door: how groups come about is not what the stories are about. */
  const createGroup = (name, members) => {
    const id = tid()
    const state = Object.fromEntries(members.map((did) => [did, newState('accepted')]))
    const c = { id, rev: tid(), name, members, messages: [], createdAt: new Date().toISOString(), state }
    convos.set(id, c)
    for (const d of members) emit(d, { $type: `${DEFS}#logBeginConvo`, rev: tid(), convoId: id })
    return c
  }
  const convoView = async (c, did) => {
    const st = c.state[did]
    const last = visible(c, did).at(-1)
    return { id: c.id, rev: c.rev, members: await profiles(c.members), muted: st.muted, status: st.status,
      unreadCount: visible(c, did).filter((m) => m.sender !== did && m.rev > (st.readRev ?? '')).length,
      kind: kindOf(c), ...(last ? { lastMessage: msgView(last) } : {}) }
  }
  const getOrCreate = async (me, members) => {
    const others = [...new Set(members)].filter((d) => d !== me)
    if (others.length !== 1) throw err(others.length === 0 ? 'cannot start a conversation with yourself' : 'only 1-1 conversations are supported', 'InvalidRequest')
    const key = [me, others[0]].sort().join(',')
    const known = byPair.get(key)
    if (known) {
      const c = convos.get(known)
      if (c.state[me].left) { c.state[me].left = false; c.state[me].since = c.rev; c.state[me].status = 'accepted' }
      return c
    }
    const { recipientFollowsMe } = await initiateCheck(me, others[0])
    const id = tid(), rev = tid()
    const c = { id, rev, members: [me, others[0]], messages: [], createdAt: new Date().toISOString(),
      state: { [me]: newState('accepted'), [others[0]]: newState(recipientFollowsMe ? 'accepted' : 'request') } }
    convos.set(id, c); byPair.set(key, id)
    for (const d of c.members) emit(d, { $type: `${DEFS}#logBeginConvo`, rev: tid(), convoId: id })
    return c
  }
  const hydrateEmbed = async (embed) => {
    if (!embed) return undefined
    if (embed.$type !== 'app.bsky.embed.record') throw err('unsupported embed', 'InvalidRequest')
    const { body } = await av('app.bsky.feed.getPosts', { uris: [embed.record.uri] })
    const p = body.posts?.[0]
    const record = p
      ? { $type: 'app.bsky.embed.record#viewRecord', uri: p.uri, cid: p.cid, author: p.author, value: p.record, indexedAt: p.indexedAt,
          likeCount: p.likeCount, replyCount: p.replyCount, repostCount: p.repostCount, quoteCount: p.quoteCount }
      : { $type: 'app.bsky.embed.record#viewNotFound', uri: embed.record.uri, notFound: true }
    return { $type: 'app.bsky.embed.record#view', record }
  }
  const addMessage = async (c, me, input) => {
    const st = c.state[me]
    if (disabled.has(me)) throw err('Account is disabled', 'AccountSuspended')
    if (c.name === undefined) await blockCheck(me, c.members.find((d) => d !== me))
    if (!input.text.trim() && !input.embed) throw err('Message must have text or an embed', 'InvalidRequest')
    if (st.left) throw err('Convo not found', 'InvalidConvo')
    let replyTo
    if (input.replyTo) {
      const t = c.messages.find((m) => m.id === input.replyTo.messageId)
      if (!t) throw err('Reply target not found', 'ReplyTargetNotFound')
      replyTo = msgView({ ...t, replyTo: undefined })
    }
    const embed = await hydrateEmbed(input.embed)
    if (st.status === 'request') { st.status = 'accepted'; emit(me, { $type: `${DEFS}#logAcceptConvo`, rev: tid(), convoId: c.id }) }
    // no idempotency key exists in the lexicon: two identical calls make two messages, as in production
    const m = { id: tid(), rev: tid(), sender: me, sentAt: new Date().toISOString(), text: input.text, facets: input.facets, embed, replyTo, reactions: [] }
    c.messages.push(m); c.rev = m.rev
    for (const d of c.members) {
      if (c.state[d].left) { c.state[d].left = false; c.state[d].since = prevRev(c, m); c.state[d].status = 'request' }
      emit(d, { $type: `${DEFS}#logCreateMessage`, rev: m.rev, convoId: c.id, message: m })
    }
    return m
  }
  const prevRev = (c, m) => c.messages.at(-2)?.rev ?? c.rev.slice(0, -1)

  // ---------- xrpc ----------
  const server = createServer(schemas, { validateResponse: true, payload: { jsonLimit: 150 * 1024, blobLimit: 0, textLimit: 0 },
    errorParser: (e) => { const x = XRPCError.fromError(e); if (x.statusCode >= 500) log('chat error: ' + (e?.stack ?? e)); return x } })
  const auth = async ({ req }) => {
    const header = req.headers.authorization ?? ''
    const lxm = req.path.split('/').at(-1)
    try {
      if (!header.startsWith('Bearer ')) throw new AuthRequiredError('missing auth token', 'AuthMissing')
      const payload = await verifyJwt(header.slice(7), null, lxm, (iss, force) => idResolver.did.resolveAtprotoKey(iss, force))
      if (!dids.includes(payload.aud.split('#')[0])) throw new AuthRequiredError('jwt audience does not match service did', 'BadJwtAudience')
      return { credentials: { did: payload.iss, payload } }
    } catch (e) { stats.badAuth++; throw e }
  }
  const page = (arr, cursor, limit, keyOf) => {
    const rest = cursor ? arr.filter((x) => keyOf(x) < cursor) : arr
    const items = rest.slice(0, limit)
    return { items, cursor: rest.length > limit ? keyOf(items.at(-1)) : undefined }
  }
  const json = (body) => ({ encoding: 'application/json', body })
  const h = {
    'chat.bsky.convo.getConvoForMembers': async (me, { params }) => json({ convo: await convoView(await getOrCreate(me, params.members), me) }),
    'chat.bsky.convo.getConvoAvailability': async (me, { params }) => {
      const other = params.members.find((d) => d !== me)
      const known = byPair.get([me, other].sort().join(','))
      if (known) return json({ canChat: true, convo: await convoView(convos.get(known), me) })
      try { await initiateCheck(me, other); return json({ canChat: true }) } catch { return json({ canChat: false }) }
    },
    'chat.bsky.convo.getConvo': async (me, { params }) => json({ convo: await convoView(mustConvo(params.convoId, me), me) }),
    'chat.bsky.convo.listConvos': async (me, { params }) => {
      let list = [...convos.values()].filter((c) => c.state[me] && !c.state[me].left)
      if (params.status) list = list.filter((c) => c.state[me].status === params.status)
      if (params.kind) list = list.filter((c) => (c.name === undefined) === (params.kind === 'direct'))
      let views = await Promise.all(list.map((c) => convoView(c, me)))
      if (params.readState === 'unread') views = views.filter((v) => v.unreadCount > 0)
      views.sort((a, b) => (a.rev < b.rev ? 1 : -1))
      const p = page(views, params.cursor, params.limit, (v) => v.rev)
      return json({ convos: p.items, ...(p.cursor ? { cursor: p.cursor } : {}) })
    },
    'chat.bsky.convo.getMessages': async (me, { params }) => {
      const c = mustConvo(params.convoId, me)
      const p = page([...visible(c, me)].reverse(), params.cursor, params.limit, (m) => m.rev)   // newest first
      return json({ messages: p.items.map(msgView), ...(p.cursor ? { cursor: p.cursor } : {}), relatedProfiles: await profiles(c.members) })
    },
    'chat.bsky.convo.sendMessage': async (me, { input }) => {
      const c = mustConvo(input.body.convoId, me)
      return json(msgView(await addMessage(c, me, input.body.message)))
    },
    'chat.bsky.convo.sendMessageBatch': async (me, { input }) => {
      for (const it of input.body.items) mustConvo(it.convoId, me)
      const items = []
      for (const it of input.body.items) items.push(msgView(await addMessage(convos.get(it.convoId), me, it.message)))
      return json({ items })
    },
    'chat.bsky.convo.getLog': async (me, { params }) => {
      const all = logs.get(me) ?? []
      const head = all.at(-1)?.rev ?? '2222222222222'
      if (!params.cursor) return json({ logs: [], cursor: head })       // first call: just "where is the head"
      const rest = all.filter((e) => e.rev > params.cursor).slice(0, 100) // ascending
      return json({ cursor: rest.at(-1)?.rev ?? params.cursor,
        logs: rest.map((e) => (e.message ? { ...e, message: msgView(e.message) } : e)) })
    },
    'chat.bsky.convo.updateRead': async (me, { input }) => {
      const c = mustConvo(input.body.convoId, me)
      const upto = input.body.messageId ? c.messages.find((m) => m.id === input.body.messageId) : c.messages.at(-1)
      if (input.body.messageId && !upto) throw err('Message not found', 'InvalidRequest')
      if (upto && upto.rev > (c.state[me].readRev ?? '')) {
        c.state[me].readRev = upto.rev
        emit(me, { $type: `${DEFS}#logReadConvo`, rev: tid(), convoId: c.id, message: upto })
      }
      return json({ convo: await convoView(c, me) })
    },
    'chat.bsky.convo.updateAllRead': async (me) => {
      let n = 0
      for (const c of convos.values()) if (c.state[me] && c.messages.length) { c.state[me].readRev = c.messages.at(-1).rev; n++ }
      return json({ updatedCount: n })
    },
    'chat.bsky.convo.listConvoRequests': async (me, { params }) => {
      const views = await Promise.all([...convos.values()].filter((c) => c.state[me] && !c.state[me].left && c.state[me].status === 'request').map((c) => convoView(c, me)))
      views.sort((a, b) => (a.rev < b.rev ? 1 : -1))
      const p = page(views, params.cursor, params.limit, (v) => v.rev)
      return json({ requests: p.items.map((v) => ({ $type: `${DEFS}#convoView`, ...v })), ...(p.cursor ? { cursor: p.cursor } : {}) })
    },
    'chat.bsky.convo.getUnreadCounts': async (me) => {
      const n = { accepted: 0, request: 0 }
      for (const c of convos.values()) {
        if (!c.state[me] || c.state[me].left || c.state[me].muted) continue
        if ((await convoView(c, me)).unreadCount > 0) n[c.state[me].status]++
      }
      return json({ unreadAcceptedConvos: n.accepted, unreadRequestConvos: n.request })
    },
    'chat.bsky.convo.getConvoMembers': async (me, { params }) => json({ members: await profiles(mustConvo(params.convoId, me).members) }),
    'chat.bsky.convo.removeReaction': async (me, { input }) => {
      const c = mustConvo(input.body.convoId, me)
      const m = c.messages.find((x) => x.id === input.body.messageId)
      if (!m) throw err('Message not found', 'InvalidRequest')
      const i = m.reactions.findIndex((r) => r.sender.did === me && r.value === input.body.value)
      if (i >= 0) {
        const [reaction] = m.reactions.splice(i, 1)
        for (const d of c.members) emit(d, { $type: `${DEFS}#logRemoveReaction`, rev: tid(), convoId: c.id, message: m, reaction })
      }
      return json({ message: msgView(m) })
    },
    'chat.bsky.convo.acceptConvo': async (me, { input }) => {
      const c = mustConvo(input.body.convoId, me)
      if (c.state[me].status === 'accepted') return json({})
      c.state[me].status = 'accepted'
      const rev = tid(); emit(me, { $type: `${DEFS}#logAcceptConvo`, rev, convoId: c.id })
      return json({ rev })
    },
    'chat.bsky.convo.leaveConvo': async (me, { input }) => {
      const c = mustConvo(input.body.convoId, me)
      c.state[me].left = true
      const rev = tid(); emit(me, { $type: `${DEFS}#logLeaveConvo`, rev, convoId: c.id })
      return json({ convoId: c.id, rev })
    },
    'chat.bsky.convo.muteConvo': async (me, { input }) => {
      const c = mustConvo(input.body.convoId, me); c.state[me].muted = true
      emit(me, { $type: `${DEFS}#logMuteConvo`, rev: tid(), convoId: c.id }); return json({ convo: await convoView(c, me) })
    },
    'chat.bsky.convo.unmuteConvo': async (me, { input }) => {
      const c = mustConvo(input.body.convoId, me); c.state[me].muted = false
      emit(me, { $type: `${DEFS}#logUnmuteConvo`, rev: tid(), convoId: c.id }); return json({ convo: await convoView(c, me) })
    },
    'chat.bsky.convo.deleteMessageForSelf': async (me, { input }) => {
      const c = mustConvo(input.body.convoId, me)
      const m = c.messages.find((x) => x.id === input.body.messageId)
      if (!m) throw err('Message not found', 'InvalidRequest')
      c.state[me].hidden.add(m.id)
      const view = { ...m, deleted: true, rev: tid() }
      emit(me, { $type: `${DEFS}#logDeleteMessage`, rev: view.rev, convoId: c.id, message: view })
      return json((({ $type, ...x }) => x)(msgView(view)))
    },
    'chat.bsky.convo.addReaction': async (me, { input }) => {
      const c = mustConvo(input.body.convoId, me)
      const m = c.messages.find((x) => x.id === input.body.messageId)
      if (!m) throw err('Message not found', 'InvalidRequest')
      if (!m.reactions.some((r) => r.sender.did === me && r.value === input.body.value)) {
        if (m.reactions.filter((r) => r.sender.did === me).length >= 5) throw err('Reaction limit reached', 'ReactionLimitReached')
        const reaction = { value: input.body.value, sender: { did: me }, createdAt: new Date().toISOString() }
        m.reactions.push(reaction)
        for (const d of c.members) emit(d, { $type: `${DEFS}#logAddReaction`, rev: tid(), convoId: c.id, message: m, reaction })
      }
      return json({ message: msgView(m) })
    },
  }
  for (const nsid of Object.keys(h)) {
    server.method(nsid, {
      auth,
      handler: async (ctx) => {
        const me = ctx.auth.credentials.did
        const entry = { at: Date.now(), nsid, did: me, params: ctx.params, body: ctx.input?.body, headers: pick(ctx.req.headers) }
        calls.push(entry)
        const i = faults.findIndex((f) => f.times > 0 && (!f.nsid || f.nsid === nsid) && (!f.did || f.did === me))
        const f = i >= 0 ? faults[i] : undefined
        if (f) f.times--
        if (f?.delayMs) await new Promise((r) => setTimeout(r, f.delayMs))
        if (f?.mode === 'error') { for (const [k, v] of Object.entries(f.headers ?? {})) ctx.res.setHeader(k, v); throw err(f.message ?? 'injected', f.error, f.status ?? 500) }
        if (f?.mode === 'drop-before') { ctx.req.socket.destroy(); return new Promise(() => {}) }
        if (f?.mode === 'raw') { ctx.res.status(f.status ?? 200).set(f.headers ?? {}).send(f.text ?? JSON.stringify(f.body)); return new Promise(() => {}) }
        const out = await h[nsid](me, ctx)
        if (f?.mode === 'drop-after') { ctx.req.socket.destroy(); return new Promise(() => {}) }   // committed, but the answer is lost
        if (f?.mode === 'mutate') return { ...out, body: merge(out.body, f.patch) }
        return out
      },
    })
  }
  const app = express()
  app.get('/xrpc/_health', (_q, r) => r.json({ version: 'local-chat-0.1' }))
  app.get('/.well-known/did.json', (q, r) => {
    const did = dids.find((d) => d.startsWith('did:web:localhost')) ?? dids[0]
    r.json(didDoc(did, `http://localhost:${srv.address().port}`))
  })
  // --- test-only control plane
  const ctl = express.Router(); ctl.use(express.json())
  ctl.post('/fault', (q, r) => { faults.push({ times: 1, mode: 'error', ...q.body }); r.json({ n: faults.length }) })
  ctl.post('/clear-faults', (_q, r) => { faults.length = 0; r.json({}) })
  ctl.post('/reset', (_q, r) => { convos.clear(); byPair.clear(); logs.clear(); disabled.clear(); faults.length = 0; calls.length = 0; r.json({}) })
  ctl.post('/disable', (q, r) => { q.body.disabled === false ? disabled.delete(q.body.did) : disabled.add(q.body.did); r.json({}) })
  ctl.post('/delete-message', (q, r) => { const m = convos.get(q.body.convoId).messages.find((x) => x.id === q.body.messageId); m.deleted = true; r.json(msgView(m)) })
  ctl.post('/raw-log', (q, r) => { const e = { rev: tid(), ...q.body.entry }; emit(q.body.did, e); r.json(e) })
  ctl.post('/stats', (_q, r) => r.json(stats))
  ctl.post('/group', (q, r) => r.json({ convoId: createGroup(q.body.name, q.body.members).id }))
  ctl.post('/messages', (q, r) => r.json({ messages: convos.get(q.body.convoId).messages.map(msgView) }))
  ctl.get('/state', (_q, r) => r.json({ stats, faults, convos: [...convos.values()].map((c) => ({ id: c.id, rev: c.rev, members: c.members, messages: c.messages.map(msgView) })) }))
  ctl.get('/calls', (_q, r) => r.json(calls))
  app.use('/_control', ctl)
  app.use(server.router)
  const srv = http.createServer(app)
  await new Promise((r) => srv.listen(port, '127.0.0.1', r))
  const url = `http://localhost:${srv.address().port}`
  dids.push(`did:web:localhost%3A${srv.address().port}`)
  log(`chat service on ${url} for ${dids.join(' ')}`)
  return { url, port: srv.address().port, dids, close: () => new Promise((r) => { srv.closeAllConnections(); srv.close(r) }) }
}

export const didDoc = (did, url) => ({
  '@context': ['https://www.w3.org/ns/did/v1'], id: did,
  service: [{ id: '#bsky_chat', type: 'BskyChatService', serviceEndpoint: url }],
})
const pick = (h) => Object.fromEntries(Object.entries(h).filter(([k]) => k !== 'authorization'))
const merge = (a, b) => (b && typeof b === 'object' && !Array.isArray(b) && a && typeof a === 'object' && !Array.isArray(a))
  ? Object.fromEntries([...new Set([...Object.keys(a), ...Object.keys(b)])].map((k) => [k, k in b ? merge(a[k], b[k]) : a[k]])) : (b === undefined ? a : b)

// Stands before the PDS: notes every request, and answers wrongly or not at all when a story asks for it.
// The side door /_control/* is for stories only: calls, fault, reset, settle.
//
// A fault: {nsid, did?, skip=0, times=1, mode, delayMs?, status?, headers?, body? | text?}
//   mode 'answer'        gives this status, these headers and this body instead
//   mode 'drop-before'   closes the connection, nothing was done
//   mode 'drop-after'    lets it be done, and closes the connection instead of answering
//   mode 'hang'          lets it be done, and never answers

/** Who asks, as the token says it, unverified: enough to tell one story's requests from another's. */
const didOf = (request) => {
  try {
    const [, payload] = request.headers.authorization.split(' ')[1].split('.')
    return JSON.parse(Buffer.from(payload, 'base64url')).sub
  } catch { return undefined }
}

const bodyOf = async (request) => {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  return chunks.length ? JSON.parse(Buffer.concat(chunks)) : {}
}

export const putGateBefore = (server, { settle }) => {
  const calls = []
  const faults = []
  const doors = {
    calls: ({ did }) => calls.filter((call) => !did || call.did === did),
    fault: (fault) => { faults.push({ times: 1, mode: 'answer', ...fault }); return {} },
    reset: () => { faults.length = 0; return {} },
    settle: async () => { await settle(); return {} },
  }
  const control = async (request, response) => {
    const door = doors[request.url.split('/').at(-1)]
    try {
      const answer = await door(await bodyOf(request))
      response.setHeader('content-type', 'application/json').end(JSON.stringify(answer))
    } catch (error) {
      response.writeHead(500).end(String(error?.stack ?? error))
    }
  }
  const faultFor = (nsid, did) => {
    const fault = faults.find((f) => f.times > 0 && (!f.nsid || f.nsid === nsid) && (!f.did || f.did === did))
    if (!fault) return undefined
    if (fault.skip > 0) { fault.skip--; return undefined }
    fault.times--
    return fault
  }
  const [pass] = server.listeners('request')
  server.removeAllListeners('request')
  server.on('request', async (request, response) => {
    const { pathname, search } = new URL(request.url, 'http://gate')
    if (pathname.startsWith('/_control/')) return control(request, response)
    const nsid = pathname.split('/').at(-1)
    const did = didOf(request)
    calls.push({ at: Date.now(), nsid, did, search, proxy: request.headers['atproto-proxy'] })
    const fault = faultFor(nsid, did)
    if (!fault) return pass.call(server, request, response)
    if (fault.delayMs) await new Promise((done) => setTimeout(done, fault.delayMs))
    if (fault.mode === 'drop-before') return request.socket.destroy()
    if (fault.mode === 'answer' && fault.status === undefined && !('body' in fault) && !('text' in fault)) {
      return pass.call(server, request, response)   // only late
    }
    if (fault.mode === 'answer') {
      const text = fault.text ?? JSON.stringify(fault.body)
      return response.writeHead(fault.status ?? 200, { 'content-type': 'application/json', ...fault.headers }).end(text)
    }
    response.write = () => true
    response.end = () => { if (fault.mode === 'drop-after') request.socket.destroy(); return response }
    return pass.call(server, request, response)
  })
}

import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import * as tar from 'tar'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import * as data from '../../data/index.ts'
import * as node from '../index.ts'

const root = mkdtempSync(join(tmpdir(), 'convoke-download-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
let folders = 0
const fresh = () => join(root, `${folders++}`)

const content = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 2654435761) >>> 24)
const other = content.map((byte) => byte ^ 255)
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

/** What a server answers, request by request; the last answer for all that follow. */
type Answer = (request: IncomingMessage, response: ServerResponse) => void

interface Seen {
  readonly url: string
  /** The log of requests: their ranges. */
  readonly ranges: (string | undefined)[]
}

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

async function serve(...answers: readonly Answer[]): Promise<Seen> {
  const ranges: (string | undefined)[] = []
  const server = createServer((request, response) => {
    const answer = answers[Math.min(ranges.length, answers.length - 1)]
    ranges.push(request.headers.range)
    answer(request, response)
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/file.bin`, ranges }
}

interface Served {
  readonly bytes?: Uint8Array
  readonly etag?: string
  readonly modified?: string
  /** Cuts the connection after so many bytes of the answer. */
  readonly cut?: number
  readonly ignoreRange?: boolean
  /** Gives the range whatever `If-Range` says. */
  readonly ignoreCondition?: boolean
}

/** A server that keeps RFC 9110, section 14, but for what is asked of it. */
const file =
  ({ bytes = content, etag = '"one"', modified, cut, ignoreRange, ignoreCondition }: Served = {}): Answer =>
  (request, response) => {
    const headers = { ...(etag === '' ? {} : { etag }), ...(modified && { 'last-modified': modified }) }
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)
    const condition = request.headers['if-range']
    const holds = ignoreCondition || condition === undefined || condition === etag || condition === modified
    const partial = start > 0 && holds && !ignoreRange
    if (partial && start >= bytes.length) {
      response.writeHead(416, { ...headers, 'content-range': `bytes */${bytes.length}` }).end()
      return
    }
    const body = partial ? bytes.subarray(start) : bytes
    response.writeHead(partial ? 206 : 200, {
      ...headers,
      'content-length': body.length,
      ...(partial && { 'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}` }),
    })
    if (cut === undefined) response.end(body)
    // What was written arrives, then the connection ends.
    else response.write(body.subarray(0, cut), () => request.socket.end())
  }

const status =
  (code: number, headers = {}): Answer =>
  (_, response) =>
    void response.writeHead(code, headers).end()

const quick = { pause: 1, timeout: 5000 }

/** Downloads to a new folder. */
async function download(urls: readonly string[], options: node.DownloadOptions = {}) {
  const folder = fresh()
  const path = join(folder, 'file.bin')
  const result = await node.downloadFile(urls, path, { ...quick, ...options })
  return { folder, path, result }
}

/** Compared natively: element by element it would take seconds. */
const holds = (path: string, bytes: Uint8Array) => readFileSync(path).equals(bytes)

describe('downloading a file', () => {
  it('gives its bytes, size and checksum, tells how far it is, and leaves nothing else', async () => {
    const { url } = await serve(file())
    const seen: node.DownloadProgress[] = []
    const { folder, path, result } = await download([url], { onProgress: (progress) => void seen.push(progress) })
    expect(result).toEqual({ url, size: content.length, sha256: sha256(content) })
    expect(holds(path, content)).toBe(true)
    expect(readdirSync(folder)).toEqual(['file.bin'])
    expect(seen[0]).toEqual({ url, received: 0, total: content.length })
    expect(seen.at(-1)).toEqual({ url, received: content.length, total: content.length })
  })

  it('goes on where the connection was cut', async () => {
    const { url, ranges } = await serve(file({ cut: 100_000 }), file({ cut: 50_000 }), file())
    const { path } = await download([url], { sha256: sha256(content) })
    expect(holds(path, content)).toBe(true)
    expect(ranges).toEqual([undefined, 'bytes=100000-', 'bytes=150000-'])
  })

  it('goes on in a later call, by the date where there is no ETag', async () => {
    const modified = 'Wed, 21 Oct 2015 07:28:00 GMT'
    const { url, ranges } = await serve(file({ etag: '', modified, cut: 1000 }), file({ etag: '', modified }))
    const path = join(fresh(), 'file.bin')
    await expect(node.downloadFile([url], path, { ...quick, retries: 0 })).rejects.toThrow(/the connection was cut/)
    expect(existsSync(path)).toBe(false)
    await node.downloadFile([url], path, quick)
    expect(holds(path, content)).toBe(true)
    expect(ranges).toEqual([undefined, 'bytes=1000-'])
  })

  it('starts again where nothing says that the file is the same: no ETag, a weak one', async () => {
    for (const etag of ['', 'W/"weak"']) {
      const { url, ranges } = await serve(file({ etag, cut: 1000 }), file({ etag }))
      expect(holds((await download([url])).path, content)).toBe(true)
      expect(ranges).toEqual([undefined, undefined])
    }
  })

  it('starts again with a server that ignores ranges', async () => {
    const { url } = await serve(file({ cut: 100_000 }), file({ ignoreRange: true }))
    expect(holds((await download([url])).path, content)).toBe(true)
  })

  it.each([false, true])(
    'gives the new file whole when it changed meanwhile (server careless: %s)',
    async (careless) => {
      const changed = { bytes: other, etag: '"two"', ignoreCondition: careless }
      const { url } = await serve(file({ cut: 100_000 }), file(changed))
      expect(holds((await download([url])).path, other)).toBe(true)
    },
  )

  it('is done when everything was there but the name', async () => {
    const { url } = await serve(file())
    const folder = fresh()
    await mkdir(folder)
    await writeFile(join(folder, 'file.bin.part'), content)
    await writeFile(join(folder, 'file.bin.part.json'), JSON.stringify({ url, etag: '"one"', lastModified: null }))
    await node.downloadFile([url], join(folder, 'file.bin'), quick)
    expect(holds(join(folder, 'file.bin'), content)).toBe(true)
    expect(readdirSync(folder)).toEqual(['file.bin'])
  })

  it('keeps nothing of a file with the wrong checksum, and leaves the one that was there', async () => {
    const { url } = await serve(file({ bytes: other }))
    const folder = fresh()
    await mkdir(folder)
    await writeFile(join(folder, 'file.bin'), 'before')
    await expect(
      node.downloadFile([url], join(folder, 'file.bin'), { ...quick, sha256: sha256(content) }),
    ).rejects.toThrow(`the file has SHA-256 ${sha256(other)}, and ${sha256(content)} was expected; it was not kept`)
    expect(readdirSync(folder)).toEqual(['file.bin'])
    expect(readFileSync(join(folder, 'file.bin'), 'utf8')).toBe('before')
  })

  it('does not ask twice for what is not there, and tries the next address', async () => {
    const missing = await serve(status(404))
    const { url } = await serve(file())
    expect((await download([missing.url, url])).result.url).toBe(url)
    expect(missing.ranges).toHaveLength(1)
    await expect(download([missing.url])).rejects.toThrow('the server answers 404 (there is no such file)')
  })

  it('tries again after 503 and 429, then gives up and says so', async () => {
    const busy = await serve(status(503), status(429, { 'retry-after': '0' }), file())
    expect(holds((await download([busy.url])).path, content)).toBe(true)
    const dead = await serve(status(503))
    await expect(download([dead.url], { retries: 2 })).rejects.toThrow('503')
    expect(dead.ranges).toHaveLength(3)
  })

  it('ends a try in which nothing comes', async () => {
    const { url, ranges } = await serve((_, response) => void response.writeHead(200).write('a'), file())
    expect(holds((await download([url], { timeout: 100 })).path, content)).toBe(true)
    expect(ranges).toHaveLength(2)
  })

  it('follows redirects, not for ever', async () => {
    const { url } = await serve(file())
    const moved = await serve(status(302, { location: url }))
    expect(holds((await download([moved.url])).path, content)).toBe(true)
    const round = await serve(status(302, { location: '/file.bin' }))
    await expect(download([round.url])).rejects.toThrow('redirects endlessly')
  })

  it('takes no web page for a file', async () => {
    const { url } = await serve(
      (_, response) => void response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('log in'),
    )
    await expect(download([url])).rejects.toThrow('a web page instead of the file')
  })

  it('says when there is no server', async () => {
    const { url } = await serve(file())
    servers.splice(0)[0].close()
    await expect(download([url])).rejects.toThrow('the server refuses the connection')
  })

  it('stops when told to, and keeps what it has', async () => {
    const { url } = await serve(
      (_, response) => void response.writeHead(200, { etag: '"one"' }).write(content.subarray(0, 5000)),
    )
    const controller = new AbortController()
    const path = join(fresh(), 'file.bin')
    const running = node.downloadFile([url], path, {
      ...quick,
      signal: controller.signal,
      onProgress: ({ received }) => void (received === 5000 && controller.abort()),
    })
    await expect(running).rejects.toThrow(/abort/i)
    expect(readFileSync(`${path}.part`)).toHaveLength(5000)
  })
})

const set = (url: string, files: Partial<data.PublicFile>[]): data.PublicDataset => ({
  ...{ name: 'toy', title: 'Toy', task: 'classify', format: 'idx', summary: '', licence: 'MIT', homepage: '' },
  files: files.map((given, i) => ({ name: `file${i}.gz`, urls: [url], ...given })),
})

describe('a public data set', () => {
  const packed = gzipSync(content)

  it('is downloaded, unpacked, and from then on there without a network', async () => {
    const { url, ranges } = await serve(file({ bytes: packed }))
    const cache = fresh()
    const toy = set(url, [{ sha256: sha256(packed) }, {}])
    const first = await node.downloadDataset(toy, { ...quick, cache })
    expect(first).toMatchObject({ folder: join(cache, 'data', 'toy'), cached: false })
    expect(first.files.map(({ verified }) => verified)).toEqual(['known', 'first'])
    expect(holds(join(first.folder, 'file0'), content)).toBe(true)
    expect(readdirSync(first.folder).sort()).toEqual(['.convoke.json', 'file0', 'file1'])
    servers.splice(0)[0].close()
    expect(await node.downloadDataset(toy, { ...quick, cache })).toMatchObject({ cached: true, folder: first.folder })
    expect(ranges).toHaveLength(2)
  })

  it('whose checksum nobody knows is held to that of the first download', async () => {
    const { url } = await serve(file({ bytes: packed }), file({ bytes: gzipSync(other) }))
    const cache = fresh()
    const { folder } = await node.downloadDataset(set(url, [{}]), { ...quick, cache })
    rmSync(folder, { recursive: true })
    await expect(node.downloadDataset(set(url, [{}]), { ...quick, cache })).rejects.toThrow(
      /was recorded at the first download.*It was not kept/,
    )
    expect(readdirSync(folder)).toEqual([])
  })

  it('can be placed by hand where there is no network, and the message says what and where', async () => {
    const cache = fresh()
    const toy = set('http://127.0.0.1:1/a/file0.gz', [{ sha256: sha256(packed) }])
    const folder = join(cache, 'data', 'toy')
    await expect(node.downloadDataset(toy, { ...quick, cache })).rejects.toThrow(
      `To do without: download on another machine file0.gz from http://127.0.0.1:1/a/file0.gz; place it in ${folder}, and run this again.`,
    )
    writeFileSync(join(folder, 'file0.gz'), gzipSync(other))
    await expect(node.downloadDataset(toy, { ...quick, cache })).rejects.toThrow(/was expected\. Replace or remove it/)
    writeFileSync(join(folder, 'file0.gz'), packed)
    expect((await node.downloadDataset(toy, { ...quick, cache })).cached).toBe(false)
    expect(holds(join(folder, 'file0'), content)).toBe(true)
  })

  it('that is damaged is not unpacked', async () => {
    const { url } = await serve(file({ bytes: packed.subarray(0, 1000) }))
    const cache = fresh()
    await expect(node.downloadDataset(set(url, [{}]), { ...quick, cache })).rejects.toThrow(/cannot be unpacked/)
    expect(readdirSync(join(cache, 'data', 'toy'))).toEqual(['file0.gz'])
  })

  /** A `.tar.gz` of files given by name. */
  async function archive(files: Readonly<Record<string, string>>, link?: string): Promise<Uint8Array> {
    const folder = fresh()
    for (const [name, text] of Object.entries(files))
      await node.writeWhole(join(folder, name), new TextEncoder().encode(text))
    if (link !== undefined) symlinkSync('/etc', join(folder, link))
    const path = `${folder}.tar.gz`
    tar.create({ file: path, cwd: folder, gzip: true, sync: true, preservePaths: true }, [
      ...Object.keys(files),
      ...(link ? [link] : []),
    ])
    return new Uint8Array(readFileSync(path))
  }

  it('comes out of a .tar.gz, without the folder around it', async () => {
    const { url } = await serve(file({ bytes: await archive({ 'toys/a/1.txt': 'one', 'toys/b/2.txt': 'two' }) }))
    const cache = fresh()
    const { folder } = await node.downloadDataset(set(url, [{ name: 'toys.tar.gz' }]), { ...quick, cache, tar })
    expect(readdirSync(folder).sort()).toEqual(['.convoke.json', 'a', 'b'])
    expect(readFileSync(join(folder, 'b/2.txt'), 'utf8')).toBe('two')
  })

  it('lies where its root is', async () => {
    const { url } = await serve(file({ bytes: await archive({ README: '', 'toys/1.txt': 'one' }) }))
    const toy = { ...set(url, [{ name: 'toys.tar.gz' }]), root: 'toys' }
    const cache = fresh()
    const { folder } = await node.downloadDataset(toy, { ...quick, cache, tar })
    expect(readdirSync(folder)).toEqual(['1.txt'])
    expect((await node.downloadDataset(toy, { ...quick, cache, tar })).folder).toBe(folder)
  })

  it('has its classes named, and what does not belong to it taken out', async () => {
    const { url } = await serve(file({ bytes: await archive({ 'a/1.txt': 'one', 'odd.csv': 'x' }) }))
    const toy = { ...set(url, [{ name: 'toys.tar.gz' }]), classes: ['first', 'second'], leaveOut: ['odd.csv'] }
    const { folder } = await node.downloadDataset(toy, { ...quick, cache: fresh(), tar })
    expect(readdirSync(folder).sort()).toEqual(['.convoke.json', 'a', 'classes.txt'])
    expect(readFileSync(join(folder, 'classes.txt'), 'utf8')).toBe('first\nsecond\n')
  })

  it('is refused when its archive reaches outside of the folder, or holds links', async () => {
    const climbing = await archive({ 'safe/a.txt': 'a', '../climbed.txt': 'b' })
    const linked = await archive({ 'a.txt': 'a' }, 'way-out')
    for (const [bytes, message] of [
      [climbing, /"\.\.\/climbed\.txt" would lie outside/],
      [linked, /"way-out" is a link/],
    ] as const) {
      const { url } = await serve(file({ bytes }))
      const cache = fresh()
      await expect(node.downloadDataset(set(url, [{ name: 'toys.tar.gz' }]), { ...quick, cache, tar })).rejects.toThrow(
        message,
      )
      expect(readdirSync(join(cache, 'data', 'toy'))).toEqual(['toys.tar.gz'])
      expect(readdirSync(join(cache, 'data')).sort()).toEqual(['.checksums.json', 'toy'])
    }
  })

  it('that needs tar says how to bring it', async () => {
    const { url } = await serve(file({ bytes: await archive({ 'a.txt': 'a' }) }))
    await expect(node.downloadDataset(set(url, [{ name: 'toys.tgz' }]), { ...quick, cache: fresh() })).rejects.toThrow(
      "import * as tar from 'tar'",
    )
  })
})

describe('the catalogue', () => {
  it('names every set once, with addresses, and checksums that read as SHA-256', () => {
    const sets = data.publicDatasets()
    expect(new Set(sets.map(({ name }) => name)).size).toBe(sets.length)
    for (const { files } of sets) {
      expect(files.length).toBeGreaterThan(0)
      for (const { urls, sha256: sum, size } of files) {
        for (const url of urls) expect(() => new URL(url)).not.toThrow()
        if (sum !== undefined) expect(sum).toMatch(/^[0-9a-f]{64}$/)
        if (sum !== undefined) expect(size).toBeGreaterThan(0)
      }
    }
  })

  it('says which names there are', async () => {
    expect(() => data.publicDataset('mnits')).toThrow(/no public data set "mnits"\. Known: mnist, fashion-mnist,/)
    expect(await node.cachedDataset('mnist', fresh())).toBe(null)
  })

  it('is kept where the environment says', () => {
    expect(node.cacheFolder({ CONVOKE_DATA: '/data/sets', XDG_CACHE_HOME: '/cache' })).toBe('/data/sets')
    expect(node.cacheFolder({ XDG_CACHE_HOME: '/cache' })).toBe('/cache/convoke')
    expect(node.cacheFolder({})).toMatch(/\/\.cache\/convoke$/)
  })
})

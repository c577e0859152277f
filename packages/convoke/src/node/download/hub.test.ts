import { createHash } from 'node:crypto'
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { downloadHubModel, hubName } from '../index.ts'

const root = mkdtempSync(join(tmpdir(), 'convoke-hub-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
let caches = 0
const fresh = () => join(root, `${caches++}`)

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

interface Asked {
  readonly path: string
  readonly token: string | undefined
  readonly range: string | undefined
}

type Answer = (path: string, request: IncomingMessage, response: ServerResponse) => void

async function serve(answer: Answer): Promise<{ url: string; asked: Asked[] }> {
  const asked: Asked[] = []
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    asked.push({ path, token: request.headers.authorization, range: request.headers.range })
    answer(path, request, response)
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const weights = Uint8Array.from({ length: 200_000 }, (_, i) => (i * 2654435761) >>> 24)
const config = {
  architecture: 'resnet18',
  num_classes: 1000,
  pretrained_cfg: {
    input_size: [3, 224, 224],
    interpolation: 'bilinear',
    crop_pct: 0.95,
    mean: [0.5, 0.4, 0.3],
    std: [0.2, 0.3, 0.4],
  },
}

/** The store that the hub redirects to. `cut` ends each answer after so many bytes, but the last. */
const store = (cuts: number[] = [], headers: Record<string, string> = {}) =>
  serve((_, request, response) => {
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)
    const body = weights.subarray(start)
    response.writeHead(start > 0 ? 206 : 200, {
      ...{ etag: '"store"', 'content-length': body.length, ...headers },
      ...(start > 0 && { 'content-range': `bytes ${start}-${weights.length - 1}/${weights.length}` }),
    })
    const cut = cuts.shift()
    if (cut === undefined) response.end(body)
    else response.write(body.subarray(0, cut), () => request.socket.end())
  })

interface Told {
  readonly etag?: string
  readonly size?: number
}

/** A hub as Hugging Face's answers: small files itself, large ones by a redirection that tells their size and checksum. */
const hub = (
  to: string,
  { etag = `"${sha256(weights)}"`, size = weights.length }: Told = {},
  files: Record<string, string> = {},
) =>
  serve((path, _, response) => {
    const file = path.split('/').slice(5).join('/')
    if (file === 'config.json') return void response.end(JSON.stringify(config))
    if (file in files) return void response.end(files[file])
    if (file !== 'model.safetensors' || 'model.safetensors.index.json' in files)
      return void response.writeHead(404).end()
    response
      .writeHead(302, { location: `${to}/signed?secret=1`, 'x-linked-etag': etag, 'x-linked-size': String(size) })
      .end()
  })

const quick = { pause: 1, retries: 2, timeout: 5000 }

describe('models of the hub', () => {
  it('come into the cache as real files, and are there the next time', async () => {
    const [cdn, cache] = [await store(), fresh()]
    const { url, asked } = await hub(cdn.url)
    const seen: string[] = []
    const onProgress = (file: string, { received }: { received: number }) => void seen.push(`${file} ${received}`)
    const model = await downloadHubModel('timm/resnet18.a1_in1k', { cache, endpoint: url, onProgress, ...quick })
    const folder = join(cache, 'models', 'timm', 'resnet18.a1_in1k', 'main')
    expect(model).toMatchObject({ id: 'timm/resnet18.a1_in1k', revision: 'main', folder })
    expect(model.weights).toBe(join(folder, 'model.safetensors'))
    expect(model.downloaded).toEqual(['config.json', 'model.safetensors'])
    expect(readFileSync(model.weights).equals(weights)).toBe(true)
    expect(readdirSync(folder).sort()).toEqual(['config.json', 'model.safetensors'])
    expect(lstatSync(model.weights).isFile()).toBe(true)
    expect(seen.at(-1)).toBe(`model.safetensors ${weights.length}`)
    expect(asked.map(({ path }) => path)).toEqual([
      '/timm/resnet18.a1_in1k/resolve/main/config.json',
      '/timm/resnet18.a1_in1k/resolve/main/model.safetensors',
    ])
    const again = await downloadHubModel('timm/resnet18.a1_in1k', { cache, endpoint: 'http://127.0.0.1:9', ...quick })
    expect(again).toEqual({ ...model, downloaded: [] })
  })

  it('tell how pictures are prepared', async () => {
    const { url } = await hub((await store()).url)
    const model = await downloadHubModel('timm/a', { cache: fresh(), endpoint: url, ...quick })
    expect(model.config).toEqual({
      ...{ architecture: 'resnet18', classes: 1000, labels: null, height: 224, width: 224, channels: 3 },
      ...{ mean: [0.5, 0.4, 0.3], deviation: [0.2, 0.3, 0.4], crop: 0.95, interpolation: 'bilinear' },
    })
  })

  it('of another revision lie beside it', async () => {
    const { url, asked } = await hub((await store()).url)
    const cache = fresh()
    const model = await downloadHubModel('hf-hub:timm/a@refs/pr/1', { cache, endpoint: `${url}/`, ...quick })
    expect(asked[0].path).toBe('/timm/a/resolve/refs%2Fpr%2F1/config.json')
    expect(model.folder).toBe(join(cache, 'models', 'timm', 'a', 'refs%2Fpr%2F1'))
  })

  it('are asked for with the token, which the store never sees', async () => {
    const cdn = await store()
    const { url, asked } = await hub(cdn.url)
    await downloadHubModel('timm/a', { cache: fresh(), endpoint: url, token: 'hf_secret', ...quick })
    expect(asked.map(({ token }) => token)).toEqual(['Bearer hf_secret', 'Bearer hf_secret'])
    expect(cdn.asked).toEqual([{ path: '/signed?secret=1', token: undefined, range: undefined }])
  })

  it('take the token and the address of the environment', async () => {
    const { url, asked } = await hub((await store()).url)
    const before = { HF_ENDPOINT: process.env['HF_ENDPOINT'], HF_TOKEN: process.env['HF_TOKEN'] }
    Object.assign(process.env, { HF_ENDPOINT: url, HF_TOKEN: 'hf_own' })
    try {
      await downloadHubModel('timm/a', { cache: fresh(), ...quick })
    } finally {
      for (const [name, value] of Object.entries(before)) {
        if (value === undefined) delete process.env[name]
        else process.env[name] = value
      }
    }
    expect(asked[0].token).toBe('Bearer hf_own')
  })

  it('go on where they were cut, through the redirection again', async () => {
    const cdn = await store([70_000, 50_000])
    const { url } = await hub(cdn.url)
    const model = await downloadHubModel('timm/a', { cache: fresh(), endpoint: url, token: 'hf_secret', ...quick })
    expect(readFileSync(model.weights).equals(weights)).toBe(true)
    const [first, second, third] = cdn.asked.map(({ range }) => Number(/\d+/.exec(range ?? '0')?.[0]))
    expect(first).toBe(0)
    expect(second).toBeGreaterThan(0)
    expect(third).toBeGreaterThan(second)
    expect(cdn.asked.map(({ token }) => token)).toEqual([undefined, undefined, undefined])
  })

  it.each([
    [
      'checksum',
      { etag: `"${'0'.repeat(64)}"` },
      /the file has SHA-256 [0-9a-f]{64}, and 0{64} was expected; it was not kept/,
    ],
    ['size', { size: 7 }, /the file has 200,000 bytes, and 7 were expected; it was not kept/],
  ])('of another %s than the hub told are not kept', async (_, told, message) => {
    const cdn = await store([], { 'x-linked-etag': `"${sha256(weights)}"`, 'x-linked-size': '200000' })
    const { url } = await hub(cdn.url, told)
    const cache = fresh()
    await expect(downloadHubModel('timm/a', { cache, endpoint: url, ...quick })).rejects.toThrow(message)
    expect(readdirSync(join(cache, 'models', 'timm', 'a', 'main'))).toEqual(['config.json'])
  })

  it('over several files come by their index, which does not lead out of the folder', async () => {
    const of = (path: string) => JSON.stringify({ weight_map: { a: 'model-1.safetensors', b: path } })
    const files = (path: string) => ({
      ...{ 'model.safetensors.index.json': of(path), 'model-1.safetensors': 'one', 'model-2.safetensors': 'two' },
    })
    const { url } = await hub('', {}, files('model-2.safetensors'))
    const model = await downloadHubModel('timm/a', { cache: fresh(), endpoint: url, ...quick })
    expect(model.weights).toBe(join(model.folder, 'model.safetensors.index.json'))
    expect(readdirSync(model.folder).sort()).toEqual([
      ...['config.json', 'model-1.safetensors', 'model-2.safetensors', 'model.safetensors.index.json'],
    ])
    const bad = await hub('', {}, files('../../b'))
    await expect(downloadHubModel('timm/a', { cache: fresh(), endpoint: bad.url, ...quick })).rejects.toThrow(
      /its own folder/,
    )
  })

  it('that are not there, or not for everybody, are told so', async () => {
    const gone = await serve((_, __, response) => void response.writeHead(404).end())
    await expect(downloadHubModel('timm/gone', { cache: fresh(), endpoint: gone.url, ...quick })).rejects.toThrow(
      new RegExp(`answers 404 \\(there is no such file\\)\\. Look at ${gone.url}/timm/gone for the name`),
    )
    const gated = await serve((_, __, response) => void response.writeHead(401).end())
    await expect(downloadHubModel('timm/gated', { cache: fresh(), endpoint: gated.url, ...quick })).rejects.toThrow(
      /answers 401 .*accept its terms there, and set HF_TOKEN/,
    )
    const bare = await serve((path, _, response) =>
      path.endsWith('config.json') ? void response.end(JSON.stringify(config)) : void response.writeHead(404).end(),
    )
    await expect(downloadHubModel('timm/bare', { cache: fresh(), endpoint: bare.url, ...quick })).rejects.toThrow(
      /main\/model\.safetensors cannot be downloaded/,
    )
  })

  it('without a network say which files to place where; placed by hand they are used', async () => {
    const cache = fresh()
    const folder = join(cache, 'models', 'timm', 'resnet18.a1_in1k', 'main')
    const failing = downloadHubModel('timm/resnet18.a1_in1k', { cache, endpoint: 'http://127.0.0.1:9', ...quick })
    const message = await failing.then(String, (error: Error) => error.message)
    expect(message).toContain('the server refuses the connection')
    expect(message).toContain(
      `download config.json from http://127.0.0.1:9/timm/resnet18.a1_in1k/resolve/main/config.json and model.safetensors from http://127.0.0.1:9/timm/resnet18.a1_in1k/resolve/main/model.safetensors on another machine, place them in ${folder}, and run this again`,
    )
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'config.json'), JSON.stringify(config))
    writeFileSync(join(folder, 'model.safetensors'), weights)
    const model = await downloadHubModel('timm/resnet18.a1_in1k', { cache, endpoint: 'http://127.0.0.1:9', ...quick })
    expect(model.downloaded).toEqual([])
  })

  it.each([
    ['{', /it is not JSON/],
    ['{}', /architecture is undefined/],
    ['{"architecture": "resnet18", "mean": [0]}', /there are 1 means and 3 deviations for 3 channels/],
    ['{"architecture": "resnet18", "pretrained_cfg": {"input_size": [3, 0, 1]}}', /pretrained_cfg\.input_size\.1 is 0/],
    ['{"architecture": "resnet18", "pretrained_cfg": {"std": [0, 1, 1]}}', /pretrained_cfg\.std\.0 is 0/],
  ])('with the description %s are refused', async (text, message) => {
    const { url } = await serve((_, __, response) => void response.end(text))
    await expect(downloadHubModel('timm/a', { cache: fresh(), endpoint: url, ...quick })).rejects.toThrow(message)
  })

  it('have names of two parts', () => {
    expect(hubName('timm/resnet18.a1_in1k@v1.0')).toEqual({ id: 'timm/resnet18.a1_in1k', revision: 'v1.0' })
    expect(hubName('hf_hub:timm/a')).toEqual({ id: 'timm/a', revision: 'main' })
    for (const text of ['timm', 'a/b/c', '../b', 'a/..', '/a', 'a/', './a', 'a/b@../c', 'a/b@..', 'a b/c', 'a/b@'])
      expect(hubName(text), text).toBe(null)
  })
})

// `convoke lab`: the built page, served to this machine alone.

import { spawn } from 'node:child_process'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, describe, expect, it } from 'vitest'
import { bin, convoke, folder } from '../../test/run.ts'
import { type Lab, serveLab } from '../lab/serve.ts'

interface Answer {
  readonly status: number | undefined
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: string
}

/** As it is written, dots and all: fetch would tidy the path. */
const ask = (url: string, path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url)
    const asked = request({ hostname, port, path, headers, method }, (response) => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (text: string) => {
        body += text
      })
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body }))
    })
    asked.on('error', reject).end()
  })

describe('the server', () => {
  const open: Lab[] = []
  afterEach(async () => {
    for (const lab of open.splice(0)) await lab.close()
  })

  /** A lab of one page beside a file that is none of it. */
  async function serve(): Promise<string> {
    const root = await folder()
    await mkdir(join(root, 'lab/assets'), { recursive: true })
    await writeFile(join(root, 'lab/index.html'), '<!doctype html>the page')
    await writeFile(join(root, 'lab/assets/a.js'), 'export {}')
    await writeFile(join(root, 'lab/.hidden'), 'secret')
    await writeFile(join(root, 'secret.txt'), 'secret')
    await symlink(join(root, 'secret.txt'), join(root, 'lab/link.txt'))
    const lab = await serveLab(join(root, 'lab'), 0)
    open.push(lab)
    return lab.url
  }

  it('sends files with their types, isolated, under a policy without inline code or other origins', async () => {
    const url = await serve()
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/)
    const page = await ask(url, '/')
    expect(page).toMatchObject({ status: 200, body: '<!doctype html>the page' })
    expect(page.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-cache',
    })
    const policy = String(page.headers['content-security-policy'])
    expect(policy).toContain("script-src 'self' 'wasm-unsafe-eval';")
    expect(policy).not.toMatch(/unsafe-inline|'unsafe-eval'|https?:|\*/)
    const script = await ask(url, '/assets/a.js?v=1')
    expect(script.headers).toMatchObject({ 'content-type': 'text/javascript; charset=utf-8' })
    expect(script.headers['cache-control']).toContain('immutable')
    expect(await ask(url, '/', {}, 'HEAD')).toMatchObject({ status: 200, body: '' })
  })

  it.each([
    '/../secret.txt',
    '/assets/../../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/..%5csecret.txt',
    '//secret.txt',
    '/link.txt',
    '/.hidden',
    '/%00',
    '/%',
    '/assets/',
    '/assets',
    '/none.html',
  ])('has nothing at %s', async (path) => {
    const answer = await ask(await serve(), path)
    expect(answer.status).toBe(404)
    expect(answer.body).not.toContain('secret')
  })

  it('refuses other methods, and pages of elsewhere that were pointed at this machine', async () => {
    const url = await serve()
    expect((await ask(url, '/', {}, 'POST')).status).toBe(405)
    expect((await ask(url, '/', { host: 'evil.example' })).status).toBe(403)
    expect((await ask(url, '/', { host: 'localhost:1234' })).status).toBe(200)
  })

  it('says that a port is taken, and that a folder holds no lab', async () => {
    const port = Number(new URL(await serve()).port)
    const root = await folder()
    await writeFile(join(root, 'index.html'), '')
    await expect(serveLab(root, port)).rejects.toThrow(`port ${port} is taken`)
    await expect(serveLab(await folder())).rejects.toThrow(/no built lab in .*npm run build/)
  })
})

describe('convoke lab', () => {
  it('prints its address, serves the built lab there, and ends by a signal', async () => {
    const child = spawn(process.execPath, [bin, 'lab', '--json', '--no-open'])
    try {
      let text = ''
      for await (const line of createInterface(child.stdout)) {
        text += line
        if (line === '}') break
      }
      const { url } = JSON.parse(text) as { url: string }
      const page = await ask(url, '/')
      expect(page.body).toContain('<div id="lab">')
      // Under any path of any host: nothing is asked for from the root.
      expect(page.body).not.toMatch(/(?:src|href)="\//)
      const [, script] = /src="\.\/(assets\/[^"]+\.js)"/.exec(page.body)!
      expect((await ask(url, `/${script}`)).status).toBe(200)
    } finally {
      child.kill('SIGTERM')
    }
    expect(await new Promise((resolve) => child.once('close', resolve))).toBe(143)
  })

  it('refuses a port that is none', async () => {
    expect(await convoke('.', 'lab', '--port', '99999')).toMatchObject({
      ...{ code: 2, stdout: '' },
      stderr: 'convoke: --port is "99999"; it must be a whole number from 1 to 65535.\n',
    })
  })
})

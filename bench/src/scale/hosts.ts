// Hosts on one machine: network namespaces, each with an address of its own, joined by a switch at a rate of bits a second. They are made with
// iproute2 as root, and named after the process, so that several tests do not meet.

import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const prefix = `convoke-${process.pid}-`
const run = (program: string, line: string): string =>
  execFileSync(program, line.split(' '), { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })

const isThere = (program: string, option: string): boolean => spawnSync(program, [option]).error === undefined

/** Why hosts cannot be made here; null where they can. */
export function whyNoHosts(): string | null {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'network namespaces are made by root on Linux'
  if (!isThere('ip', '-V') || !isThere('tc', '-V')) return 'there is no ip and tc: install iproute2'
  if (!isThere('mpirun.openmpi', '--version')) return 'there is no mpirun.openmpi: install openmpi-bin'
  const name = `${prefix}try`
  try {
    run('ip', `netns add ${name}`)
    run('ip', `-n ${name} link add name eth0 type veth peer name eth1`)
    run('tc', `-n ${name} qdisc add dev eth0 root tbf rate 1gbit burst 256k latency 50ms`)
    return null
  } catch (error) {
    const text = error instanceof Error ? error.message.trim().split('\n').slice(-1)[0] : String(error)
    return `network namespaces with a rate cannot be made here (${text})`
  } finally {
    spawnSync('ip', ['netns', 'del', name])
  }
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** Namespaces of this process, and those that processes left behind which were killed. */
const names = (): string[] =>
  run('ip', 'netns list')
    .split('\n')
    .map((line) => line.split(' ')[0])
    .filter((name) => {
      const [, pid] = /^convoke-(\d+)-/.exec(name) ?? []
      return pid !== undefined && (name.startsWith(prefix) || !isAlive(Number(pid)))
    })

/** Ends what runs on the hosts, and takes them away. */
function takeDown(): void {
  for (const name of names()) {
    const { stdout } = spawnSync('ip', ['netns', 'pids', name], { encoding: 'utf8' })
    for (const pid of stdout.split('\n').filter(Boolean)) {
      try {
        process.kill(Number(pid), 'SIGKILL')
      } catch {
        // It has ended by itself.
      }
    }
    // With a namespace go its links, and with them their other ends.
    spawnSync('ip', ['netns', 'del', name])
  }
}

function setUp(count: number, rate: string): void {
  const hub = `${prefix}switch`
  run('ip', `netns add ${hub}`)
  run('ip', `-n ${hub} link add name switch type bridge`)
  run('ip', `-n ${hub} link set switch up`)
  // The last one is where mpirun is started.
  for (let host = 0; host <= count; host++) {
    const name = `${prefix}${host}`
    run('ip', `netns add ${name}`)
    run('ip', `-n ${name} link add name eth0 type veth peer name port${host} netns ${hub}`)
    run('ip', `-n ${hub} link set port${host} master switch up`)
    run('ip', `-n ${name} address add 10.77.0.${host + 1}/24 dev eth0`)
    run('ip', `-n ${name} link set lo up`)
    run('ip', `-n ${name} link set eth0 up`)
    // Either direction by itself, as a line between a host and a switch.
    run('tc', `-n ${name} qdisc add dev eth0 root tbf rate ${rate} burst 256k latency 50ms`)
    run('tc', `-n ${hub} qdisc add dev port${host} root tbf rate ${rate} burst 256k latency 50ms`)
  }
}

/** What mpirun calls in place of ssh: it enters a host, which has a name and temporary files of its own. */
const agent = (folder: string): string => `#!/bin/sh
host=$1
shift
mkdir -p "${folder}/$host"
exec ip netns exec "$host" unshare --uts sh -c "hostname $host; export TMPDIR='${folder}/$host'; $*"
`

export interface OnHosts {
  readonly hosts: number
  /** As tc writes it: `1gbit`. */
  readonly rate: string
  /** What each host runs. */
  readonly command: readonly string[]
  /** Seconds after which it is ended. */
  readonly limit: number
}

/** Runs a command on as many ranks of Open MPI as there are hosts, one on each. Returns what they print; throws where they fail or take too long. */
export async function onHosts({ hosts, rate, command, limit }: OnHosts): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'convoke-hosts-'))
  const clean = (): void => {
    takeDown()
    rmSync(folder, { recursive: true, force: true })
  }
  const end = (): void => process.exit(1)
  process.once('exit', clean)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, end)
  try {
    takeDown()
    setUp(hosts, rate)
    const script = join(folder, 'agent')
    writeFileSync(script, agent(folder))
    chmodSync(script, 0o755)
    const own = `${prefix}${hosts}`
    mkdirSync(join(folder, own))
    const list = Array.from({ length: hosts }, (_, host) => `${prefix}${host}:1`).join(',')
    const mca = { plm: 'rsh', plm_rsh_agent: script, plm_rsh_no_tree_spawn: '1', pml: 'ob1', btl: 'tcp,self' }
    const only = { btl_tcp_if_include: 'eth0', oob_tcp_if_include: 'eth0' }
    const args = [
      ...['netns', 'exec', own, 'mpirun.openmpi', '--allow-run-as-root', '-n', String(hosts), '--host', list],
      ...Object.entries({ ...mca, ...only }).flatMap(([name, value]) => ['--mca', name, value]),
      ...command,
    ]
    const env = { ...process.env, TMPDIR: join(folder, own), CONVOKE_THREADS: '1', NO_COLOR: '1' }
    return await ended(spawn('ip', args, { env, stdio: ['ignore', 'pipe', 'pipe'] }), limit)
  } finally {
    process.removeListener('exit', clean)
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.removeListener(signal, end)
    clean()
  }
}

function ended(child: ChildProcess, limit: number): Promise<string> {
  const [out, err]: string[][] = [[], []]
  child.stdout?.on('data', (text: Buffer) => out.push(text.toString()))
  child.stderr?.on('data', (text: Buffer) => err.push(text.toString()))
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`the ranks have not ended after ${limit} seconds: ${err.join('').trim()}`))
      child.kill('SIGKILL')
    }, limit * 1000)
    child.on('error', reject)
    child.on('close', (code) => {
      clearTimeout(timer)
      if (code === 0) resolve(out.join(''))
      else reject(new Error(`the ranks ended with ${code}: ${err.join('').trim()}`))
    })
  })
}

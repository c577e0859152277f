/// <reference types="node" />

// All that Convoke knows of MPI: which libraries there are, what they call things, and the calls that are made.
// The constants are those of the headers: Open MPI 4 and 5 (handles are addresses of variables), MPICH 4 (numbers, the same in
// Intel MPI, MVAPICH and Cray's by the MPICH ABI Initiative), and the ABI of MPI 5.0, appendix A (numbers in place of addresses).

import { isMainThread } from 'node:worker_threads'
import { type Ffi, type ForeignLibrary, loadFfi } from '../backends/cpu/runtime/native/ffi.ts'
import { ConvokeError } from '../shapes/error.ts'
import { sumAlgorithm } from '../world/sums.ts'
import type { Reduction } from '../world/world.ts'
import { reachMpirun } from './pipe.ts'

export type ElementType = 'float' | 'double' | 'int' | 'byte'

type Handle = 'world' | 'errorsReturn' | ElementType | Reduction

interface Kind {
  readonly name: string
  /** What systems call the library, the likeliest name first. */
  readonly files: readonly string[]
  /** What to install. */
  readonly packages: string
  /** What says in the library's own words that it is one of these. */
  readonly says: RegExp
  /** The C type of a handle. */
  readonly handle: 'int' | 'intptr_t'
  /** Numbers, or variables of the library. */
  readonly handles: Readonly<Record<Handle, number | string>>
  readonly inPlace: number
  readonly ignoreStatus: number
  /** MPI_THREAD_FUNNELED: other threads there may be, and one of them calls. */
  readonly funneled: number
}

const kinds = {
  openmpi: {
    name: 'Open MPI',
    files: ['libmpi.so.40', 'libmpi.40.dylib', 'libmpi.so', 'libmpi.dylib'],
    packages: 'openmpi-bin (Debian, Ubuntu), openmpi (Fedora, Arch) or open-mpi (Homebrew)',
    says: /^Open MPI/,
    handle: 'intptr_t',
    handles: {
      ...{ world: 'ompi_mpi_comm_world', errorsReturn: 'ompi_mpi_errors_return' },
      ...{ float: 'ompi_mpi_float', double: 'ompi_mpi_double', int: 'ompi_mpi_int', byte: 'ompi_mpi_byte' },
      ...{ sum: 'ompi_mpi_op_sum', max: 'ompi_mpi_op_max', min: 'ompi_mpi_op_min' },
    },
    ...{ inPlace: 1, ignoreStatus: 0, funneled: 1 },
  },
  mpich: {
    name: 'MPICH',
    files: ['libmpich.so.12', 'libmpi.so.12', 'libmpi.12.dylib', 'libmpich.so', 'libmpi.so', 'libmpi.dylib'],
    packages: 'mpich (Debian, Ubuntu, Fedora, Arch, Homebrew)',
    says: /^(MPICH|Intel\(R\) MPI|MVAPICH|.*CRAY MPICH)/i,
    handle: 'int',
    handles: {
      ...{ world: 0x44000000, errorsReturn: 0x54000001 },
      ...{ float: 0x4c00040a, double: 0x4c00080b, int: 0x4c000405, byte: 0x4c00010d },
      ...{ sum: 0x58000003, max: 0x58000001, min: 0x58000002 },
    },
    ...{ inPlace: -1, ignoreStatus: 1, funneled: 1 },
  },
  abi: {
    name: 'the standard ABI of MPI 5',
    files: ['libmpi_abi.so.0', 'libmpi_abi.so.1', 'libmpi_abi.so', 'libmpi_abi.dylib'],
    packages: 'an MPI with libmpi_abi: MPICH 5 or Open MPI 6',
    says: /./,
    handle: 'intptr_t',
    handles: {
      ...{ world: 0x101, errorsReturn: 0x142 },
      ...{ float: 0x210, double: 0x214, int: 0x209, byte: 0x247 },
      ...{ sum: 0x21, max: 0x23, min: 0x22 },
    },
    ...{ inPlace: 1, ignoreStatus: 0, funneled: 1024 },
  },
} as const satisfies Readonly<Record<string, Kind>>

export type KindName = keyof typeof kinds

type Environment = Record<string, string | undefined>

export interface Launch {
  /** Kinds to look for, the likeliest first. */
  readonly kinds: readonly KindName[]
  /** A library that the user names. */
  readonly file?: string | undefined
  /** Ranks that were started, where the launcher says so, and which of them this is. */
  readonly size?: number | undefined
  readonly rank?: number | undefined
  /** Those of them on this machine, where the launcher says so. */
  readonly local?: number | undefined
}

/** Names by which launchers tell a rank its number. */
const rankNames = ['OMPI_COMM_WORLD_RANK', 'PMI_RANK', 'PMIX_RANK']

const counted = (text: string | undefined, least: number): number | undefined => {
  const value = Number(text === '' ? undefined : text)
  return Number.isInteger(value) && value >= least ? value : undefined
}

/** What a launcher left in the environment of each rank; null where none did. */
export function launchOf(environment: Readonly<Environment>): Launch | null {
  const { CONVOKE_MPI: asked, OMPI_COMM_WORLD_SIZE: open, PMI_SIZE: pmi } = environment
  const started = {
    openmpi: open !== undefined,
    pmi: pmi !== undefined || (environment['PMI_PORT'] !== undefined && environment['PMI_ID'] !== undefined),
    pmix: environment['PMIX_RANK'] !== undefined,
  }
  if (!started.openmpi && !started.pmi && !started.pmix) return null
  // PMIx alone is Slurm or PRRTE: Open MPI's usual way in, and that of some builds of MPICH.
  const likely: readonly KindName[] =
    started.openmpi || !started.pmi ? ['openmpi', 'abi', 'mpich'] : ['mpich', 'abi', 'openmpi']
  const order = started.openmpi ? likely.slice(0, 2) : likely
  const size = counted(open ?? pmi, 1)
  const rank = counted(environment[rankNames.find((name) => environment[name] !== undefined) ?? ''], 0)
  const local = counted(environment['OMPI_COMM_WORLD_LOCAL_SIZE'] ?? environment['MPI_LOCALNRANKS'], 1)
  const known = {
    ...(size !== undefined && { size }),
    ...(rank !== undefined && { rank }),
    ...(local !== undefined && { local }),
  }
  if (asked === undefined || asked === '') return { kinds: order, ...known }
  const named = Object.keys(kinds).find((name) => name === asked) as KindName | undefined
  if (named !== undefined) return { kinds: [named], ...known }
  return { kinds: /mpi_abi/.test(asked) ? ['abi'] : ['openmpi', 'mpich'], file: asked, ...known }
}

/** A request under way: MPI writes its handle there. */
export interface Request {
  readonly address: number
  /** Kept alive for as long as MPI writes to it. */
  readonly memory: BigInt64Array
}

/** MPI, begun. `onOneMachine` where the launcher says so. Arrays are given by their addresses, and counted in elements. */
export interface Mpi {
  /** As the library tells it: `Open MPI v4.1.4`. */
  readonly version: string
  readonly rank: number
  readonly size: number
  readonly onOneMachine: boolean
  addressOf(view: ArrayBufferView): number
  /** Two channels, so that what a layer waits for does not mix with what goes on in the background. */
  startAllReduce(channel: 0 | 1, op: Reduction, type: ElementType, address: number, count: number): Request
  startBroadcast(address: number, bytes: number, from: number): Request
  /** Every rank's piece, of the same length, to all: `from` and `to` may not overlap. */
  startAllGather(from: number, bytes: number, to: number): Request
  /** The i-th piece of every rank to rank i. */
  startExchange(from: number, bytes: number, to: number): Request
  startBarrier(): Request
  /** Adds float32 numbers to others, both of this rank. */
  addUp(from: number, to: number, count: number): void
  test(request: Request): boolean
  /** Ends the processes of all ranks. */
  abort(code: number): void
  finalize(): void
}

interface Loaded {
  readonly kind: Kind
  readonly library: ForeignLibrary
  readonly version: string
}

function versionOf(ffi: Ffi, library: ForeignLibrary): string {
  const [text, length] = [new Uint8Array(8192), new Int32Array(1)]
  library.func('int MPI_Get_library_version(intptr_t text, intptr_t length)')(
    ffi.addressOf(text),
    ffi.addressOf(length),
  )
  const whole = new TextDecoder().decode(text.subarray(0, length[0])).replaceAll('\0', '')
  return whole
    .split('\n')[0]
    .replace(/,.*$/, '')
    .replace(/ Version:\s*/, ' ')
    .trim()
}

const firstLine = (error: unknown): string => (error instanceof Error ? error.message : String(error)).split('\n')[0]

/**
 * UCX, which MPICH and Open MPI stand on, puts a malloc of its own beside that of the process, patches the code of `mmap` and `brk` while other
 * threads run it, and takes over the signal by which V8 notices that WebAssembly leaves its memory. None of it is needed, and the heap
 * of the process was found cut off with it (docs/decisions/0024).
 */
const careful = {
  UCX_MEM_MALLOC_HOOKS: 'n',
  UCX_MEM_MALLOC_RELOC: 'n',
  UCX_MEM_MMAP_HOOK_MODE: 'none',
  UCX_ERROR_SIGNALS: '',
}

/**
 * What suits Open MPI to sums of gradients; MPICH does as much by itself. It adds up in place along a binomial tree, where the root receives and sends every number log2(p) times: the
 * other algorithms do it twice. And between machines it reads and writes TCP when it is asked, in time that a rank would compute in; a thread of its own does that meanwhile.
 */
const betterSums = ({ size = 2, local = size }: Launch): Record<string, string> => ({
  OMPI_MCA_coll_libnbc_iallreduce_algorithm: { ring: '1', 'halving and doubling': '3' }[sumAlgorithm(size)],
  ...(local < size && { OMPI_MCA_btl_tcp_progress_thread: '1' }),
})

/** The first library that loads and is of the kind that it should be. */
function load(ffi: Ffi, launch: Launch): Loaded {
  for (const [name, value] of Object.entries({ ...careful, ...betterSums(launch) })) process.env[name] ??= value
  const tried: string[] = []
  for (const name of launch.kinds) {
    const kind: Kind = kinds[name]
    for (const file of launch.file === undefined ? kind.files : [launch.file]) {
      let library: ForeignLibrary
      let version: string
      try {
        // What Open MPI loads itself later looks for its names among those of the process.
        library = ffi.load(file, { global: true })
        version = versionOf(ffi, library)
      } catch (error) {
        if (launch.file !== undefined) tried.push(firstLine(error))
        continue
      }
      if (kind.says.test(version)) return { kind, library, version }
      tried.push(`${file} is ${version}`)
    }
  }
  const wanted = kinds[launch.kinds[0]]
  const found = tried.length > 0 ? ` (${[...new Set(tried)].join('; ')})` : ''
  throw new ConvokeError(
    `mpi: this process was started by mpirun, but no library of ${wanted.name} can be loaded${found}. Install ${wanted.packages}, of the same kind as mpirun; or name the library: CONVOKE_MPI=/path/to/libmpi.so.`,
  )
}

/** Foreign functions. Throws `ConvokeError` where there are none. */
export function foreignFunctions(): Ffi {
  // A worker is of the same process: MPI would begin twice.
  if (!isMainThread)
    throw new ConvokeError(
      'mpi: only the main thread is a rank. Use `world` there, and pass its rank and size to workers.',
    )
  try {
    return loadFfi()
  } catch (error) {
    throw new ConvokeError(
      `mpi: the package koffi cannot be loaded (${firstLine(error)}). Install it: npm install koffi.`,
    )
  }
}

/** Begins MPI, through these foreign functions. Throws `ConvokeError` where no library of the launcher's kind is there, or it is of no use here. */
export function startMpi(launch: Launch, environment: Environment, ffi: Ffi): Mpi {
  const { kind, library, version } = load(ffi, launch)
  if (kind.handle === 'int') reachMpirun(ffi, environment)
  const h = kind.handle
  const call = (name: string, types: string) => {
    const native = library.func(`int ${name}(${types})`)
    return (...values: number[]): void => {
      // biome-ignore lint/plugin/spread-of-a-list: they are arguments
      const code = native(...values)
      if (code !== 0) throw new ConvokeError(`mpi: ${name} failed: ${errorText(code)}. The ranks cannot continue.`)
    }
  }
  const errorText = (code: number): string => {
    const [text, length] = [new Uint8Array(1024), new Int32Array(1)]
    const told = library.func('int MPI_Error_string(int code, intptr_t text, intptr_t length)')
    told(code, ffi.addressOf(text), ffi.addressOf(length))
    return new TextDecoder().decode(text.subarray(0, length[0])).split('\n')[0]
  }
  const handleOf = (name: Handle): number => {
    const handle = kind.handles[name]
    return typeof handle === 'number' ? handle : ffi.addressOf(library.symbol(handle))
  }
  const number = (fill: (address: number) => void): number => {
    const cell = new Int32Array(2)
    fill(ffi.addressOf(cell))
    return cell[0]
  }
  const level = number((at) => call('MPI_Init_thread', 'intptr_t, intptr_t, int, intptr_t')(0, 0, kind.funneled, at))
  if (level < kind.funneled)
    throw new ConvokeError(
      `mpi: ${version} was built for processes with one thread, but Node has several. Install one with MPI_THREAD_FUNNELED or more: ${kind.packages}.`,
    )
  const base = handleOf('world')
  const setHandler = call('MPI_Comm_set_errhandler', `${h}, ${h}`)
  setHandler(base, handleOf('errorsReturn'))
  const rank = number((at) => call('MPI_Comm_rank', `${h}, intptr_t`)(base, at))
  const size = number((at) => call('MPI_Comm_size', `${h}, intptr_t`)(base, at))
  if (launch.size !== undefined && launch.size !== size)
    throw new ConvokeError(
      `mpi: mpirun started ${launch.size} ranks, but ${version} finds ${size}: mpirun belongs to another MPI. Start with the mpirun of ${kind.name}, or install ${kinds[launch.kinds[0]].packages}.`,
    )
  const copy = new BigInt64Array(1)
  call('MPI_Comm_dup', `${h}, intptr_t`)(base, ffi.addressOf(copy))
  const channels = [base, Number(copy[0])] as const
  setHandler(channels[1], handleOf('errorsReturn'))
  const types = { float: handleOf('float'), double: handleOf('double'), int: handleOf('int'), byte: handleOf('byte') }
  const ops = { sum: handleOf('sum'), max: handleOf('max'), min: handleOf('min') }
  const pair = `intptr_t, int, ${h}, intptr_t, int, ${h}, ${h}, intptr_t`
  const native = {
    allReduce: call('MPI_Iallreduce', `intptr_t, intptr_t, int, ${h}, ${h}, ${h}, intptr_t`),
    broadcast: call('MPI_Ibcast', `intptr_t, int, ${h}, int, ${h}, intptr_t`),
    allGather: call('MPI_Iallgather', pair),
    exchange: call('MPI_Ialltoall', pair),
    barrier: call('MPI_Ibarrier', `${h}, intptr_t`),
    reduceLocal: call('MPI_Reduce_local', `intptr_t, intptr_t, int, ${h}, ${h}`),
    test: call('MPI_Test', 'intptr_t, intptr_t, intptr_t'),
    abort: call('MPI_Abort', `${h}, int`),
    finalize: call('MPI_Finalize', ''),
  }
  const flag = new Int32Array(2)
  const flagAt = ffi.addressOf(flag)
  const request = (begin: (at: number) => void): Request => {
    const memory = new BigInt64Array(1)
    const address = ffi.addressOf(memory)
    begin(address)
    return { address, memory }
  }
  return {
    ...{ version, rank, size, onOneMachine: launch.local === size },
    addressOf: (view) => ffi.addressOf(view),
    startAllReduce: (channel, op, type, address, count) =>
      request((at) => native.allReduce(kind.inPlace, address, count, types[type], ops[op], channels[channel], at)),
    startBroadcast: (address, bytes, from) =>
      request((at) => native.broadcast(address, bytes, types.byte, from, base, at)),
    startAllGather: (from, bytes, to) =>
      request((at) => native.allGather(from, bytes, types.byte, to, bytes, types.byte, base, at)),
    startExchange: (from, bytes, to) =>
      request((at) => native.exchange(from, bytes, types.byte, to, bytes, types.byte, base, at)),
    startBarrier: () => request((at) => native.barrier(base, at)),
    addUp: (from, to, count) => native.reduceLocal(from, to, count, types.float, ops.sum),
    test: ({ address }) => {
      native.test(address, flagAt, kind.ignoreStatus)
      return flag[0] !== 0
    },
    abort: (code) => native.abort(base, code),
    finalize: () => native.finalize(),
  }
}

// The command line of the benchmark.

import { parseArgs } from 'node:util'
import { ConvokeError, check } from 'convoke/shapes'
import type { Family } from './contender.ts'
import { type Layer, layers } from './layers.ts'
import type { Budget } from './measure.ts'
import { stepThreads } from './train-step/engines.ts'
import { type Network, networks } from './train-step/networks.ts'
import type { Mode } from './workload.ts'

export interface Options {
  readonly browser: boolean
  /** Thread counts, one pass each; none when only the start-up is timed. */
  readonly threads: readonly number[]
  readonly families: readonly Family[]
  readonly layers: readonly Layer[]
  readonly quick: boolean
  readonly mode: Mode
  readonly batch: number
  readonly slowPeers: boolean
  /** The command on a picture, instead of layers; kernels whose names match, where that is given. */
  readonly apply: { readonly filter: string | undefined } | null
  /** Kernels on pictures, instead of layers; those whose names match, where that is given. */
  readonly pictures: { readonly filter: string | undefined } | null
  /** LSTM and GRU, instead of layers of networks; rows whose names match, where that is given. */
  readonly recurrent: { readonly filter: string | undefined } | null
  /** What `convoke train` reaches with its defaults, instead of times; rows whose names match, where that is given. */
  readonly defaults: { readonly filter: string | undefined } | null
  readonly mpi: { readonly filter: string | undefined } | null
  /** Training on hosts that are network namespaces, beside the model of it, instead of layers. */
  readonly scale: boolean
  /** Fourier transforms and convolutions with large kernels, instead of layers; those whose names match, where that is given. */
  readonly fft: { readonly filter: string | undefined } | null
  /** Whole networks beside ONNX Runtime, instead of layers; those whose names match, where that is given. */
  readonly wholeNetworks: { readonly filter: string | undefined } | null
  /** Single ops, instead of layers; those whose names match, where that is given. */
  readonly ops: { readonly filter: string | undefined } | null
  /** The checkout whose build of the library is timed in turn with this one, instead of the peers. */
  readonly against: { readonly folder: string; readonly filter: string | undefined } | null
  /** Networks whose whole training steps are timed, instead of layers. */
  readonly networks: readonly Network[]
  /** Whether to time processes up to their first result. */
  readonly startup: boolean
  readonly json: string | null
  readonly svg: string | null
  /** Reports to show instead of measuring. */
  readonly from: readonly string[]
}

export const help = `Usage: npm run bench -- [options]          in Node
       npm run bench:browser -- [options]  the WASM rows in Chromium

  --threads 1|all    one pass with one thread, or one with every core (default: both)
  --native, --wasm   only this family of engines (default: both)
  --filter REGEX     only layers whose name matches, e.g. --filter "3×3.*@28|depthwise"
  --train            forward and backward at batch 8 instead of forward at batch 1
  --train-step       whole training steps of networks: forward, backward and optimiser, beside TF.js, and PyTorch where
                     Python has it, with the memory that each takes
  --networks         whole networks from the same ONNX file, compiled, beside ONNX Runtime
  --apply            convoke apply on 12 megapixels, whole processes, beside sharp and OpenCV where Python has it
  --pictures         kernels on pictures of 12 megapixels, one thread, beside OpenCV where Python has it
  --mpi              training on two ranks of one thread beside one process, by each MPI that is installed
  --scale            training on eight hosts, network namespaces at 10 and 1 Gbit/s, beside the model of convoke scale (root)
  --defaults         what convoke train reaches with nothing said but the data and the time: half an hour
  --recurrent        LSTM and GRU, forward and with backward, beside PyTorch where Python has it
  --fft              Fourier transforms and convolutions with large kernels, beside SciPy and FFTW where found
  --ops              every op at two sizes, forward and with gradients, one thread, beside ONNX Runtime's operators and PyTorch
  --against FOLDER   this build of Convoke and that of another checkout in turn, instead of the peers: layers, a step, small calls
  --slow-peers       also jax-js, and with --train or --train-step TF.js's plain JavaScript backend: minutes a layer
  --startup          only the time from process start to the first result
  --quick            a few short turns: to try things, not to quote
  --json FILE        write everything measured
  --svg FILE         draw the chart
  --from FILE        show a report written by --json instead of measuring; may be given several times. With --scale: the step of
                     ResNet-50 that --json kept, on a machine at rest
  --help             this text

PyTorch is looked for in /usr/bin/python3 and python3; CONVOKE_BENCH_PYTORCH names another Python, or a command that starts one.

Example: npm run bench -- --threads 1 --filter depthwise --json depthwise.json
         npm run bench -- --train-step --native --filter CompactCNN --quick
`

/** Median figures settle at about this many rounds; a full run stays within ten minutes. */
const fullBudget: Budget = { rounds: 15, turn: 30, total: 4000, settle: 3, resolution: 0.2 }
const quickBudget: Budget = { rounds: 3, turn: 8, total: 400, settle: 1, resolution: 0.2 }

/** ONNX Runtime's threads look for work this long after a run before they sleep (measured: 33 ms), on a core of their own. */
const settleThreads = 50

/** Of a pass with so many threads. Clocks of pages tick every 5 µs at best, those of Node every few nanoseconds. */
export function budgetOf({ quick, browser }: Pick<Options, 'quick' | 'browser'>, threads: number): Budget {
  const budget = quick ? quickBudget : fullBudget
  return {
    ...budget,
    settle: threads > 1 ? Math.max(budget.settle, settleThreads) : budget.settle,
    resolution: browser ? 2 : 0.2,
  }
}

/** Parses arguments. Throws `ConvokeError` with what is wrong; returns null when help was asked for. */
export function parseOptions(args: readonly string[], cores: number): Options | null {
  const { values } = parseArguments(args)
  if (values.help === true) return null
  const { threads, train = false, wasm = false, native = false, browser = false } = values
  check(
    threads === undefined || threads === '1' || threads === 'all',
    () => `bench: --threads is ${JSON.stringify(threads)}. Use 1 or all, or leave it out for both.`,
  )
  const both = wasm === native
  const families: Family[] = browser ? ['wasm'] : both ? ['native', 'wasm'] : [native ? 'native' : 'wasm']
  check(!browser || !native, () => 'bench: a page has no native code. Leave --native out with --browser.')
  const steps = values['train-step'] ?? false
  const unsaid = steps ? stepThreads(cores) : [1, cores]
  const counts = threads === undefined ? unsaid : [threads === '1' ? 1 : cores]
  check(!browser || !steps, () => 'bench: --train-step runs in Node. Leave --browser out.')
  check(!train || !steps, () => 'bench: --train times layers and --train-step networks. Use one of them.')
  const apply = values.apply ?? false
  check(
    !apply || !(browser || steps || train || wasm),
    () => 'bench: --apply times the command as it is. Leave the other modes out.',
  )
  const pictures = values.pictures ?? false
  check(
    !pictures || !(browser || steps || train || wasm || apply),
    () => 'bench: --pictures runs native code alone. Leave the other modes out.',
  )
  const recurrent = values.recurrent ?? false
  check(
    !recurrent || !(browser || steps || train || apply || pictures),
    () => 'bench: --recurrent runs its own rows, forward and with backward, in Node. Leave the other modes out.',
  )
  const fft = values.fft ?? false
  check(
    !fft || !(browser || steps || train || wasm || native || apply || pictures || threads !== undefined),
    () => 'bench: --fft times native code on one thread and on two, and WebAssembly. Leave the other modes out.',
  )
  const ops = values.ops ?? false
  check(
    !ops || !(browser || steps || train || wasm || apply || pictures),
    () => 'bench: --ops runs native code alone. Leave the other modes out.',
  )
  const whole = values.networks ?? false
  check(
    !whole || !(browser || steps || train || apply || pictures || recurrent || fft || ops),
    () => 'bench: --networks runs whole networks forward, in Node. Leave the other modes out.',
  )
  const mpi = values.mpi ?? false
  check(
    !mpi || !(browser || steps || train || wasm || apply || pictures || recurrent || fft || ops || whole),
    () => 'bench: --mpi trains its own networks, in Node. Leave the other modes out.',
  )
  const scale = values.scale ?? false
  check(
    !scale || !(browser || steps || train || wasm || apply || pictures || recurrent || fft || ops || whole || mpi),
    () => 'bench: --scale trains its own network, in Node. Leave the other modes out.',
  )
  const defaults = values.defaults ?? false
  check(
    !defaults ||
      !(browser || steps || train || wasm || apply || pictures || recurrent || fft || ops || whole || mpi || scale),
    () => 'bench: --defaults trains by the command, in Node. Leave the other modes out.',
  )
  const { against } = values
  check(
    against === undefined ||
      !(browser || steps || train || wasm || apply || pictures || recurrent || fft || ops || whole),
    () => 'bench: --against runs its own rows, native code on one thread. Leave the other modes out.',
  )
  const alone =
    against !== undefined || steps || apply || pictures || recurrent || fft || ops || whole || mpi || scale || defaults
  const chosen = alone ? [] : selectLayers(values.filter, train)
  return {
    browser,
    threads: values.startup === true ? [] : [...new Set(counts)],
    families,
    layers: chosen,
    apply: apply ? { filter: values.filter } : null,
    networks: steps ? matching('network', networks, values.filter) : [],
    quick: values.quick ?? false,
    mode: train ? 'train' : 'forward',
    batch: train ? 8 : 1,
    slowPeers: values['slow-peers'] ?? false,
    pictures: pictures ? { filter: values.filter } : null,
    recurrent: recurrent ? { filter: values.filter } : null,
    defaults: defaults ? { filter: values.filter } : null,
    mpi: mpi ? { filter: values.filter } : null,
    scale,
    fft: fft ? { filter: values.filter } : null,
    ops: ops ? { filter: values.filter } : null,
    wholeNetworks: whole ? { filter: values.filter } : null,
    against: against === undefined ? null : { folder: against, filter: values.filter },
    startup:
      values.startup ?? (!browser && !train && !alone && families.includes('native') && values.filter === undefined),
    json: values.json ?? null,
    svg: values.svg ?? null,
    from: values.from ?? [],
  }
}

function parseArguments(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        against: { type: 'string' },
        apply: { type: 'boolean' },
        browser: { type: 'boolean' },
        defaults: { type: 'boolean' },
        fft: { type: 'boolean' },
        filter: { type: 'string' },
        from: { type: 'string', multiple: true },
        help: { type: 'boolean', short: 'h' },
        json: { type: 'string' },
        mpi: { type: 'boolean' },
        native: { type: 'boolean' },
        networks: { type: 'boolean' },
        ops: { type: 'boolean' },
        pictures: { type: 'boolean' },
        quick: { type: 'boolean' },
        recurrent: { type: 'boolean' },
        scale: { type: 'boolean' },
        'slow-peers': { type: 'boolean' },
        startup: { type: 'boolean' },
        svg: { type: 'string' },
        threads: { type: 'string' },
        train: { type: 'boolean' },
        'train-step': { type: 'boolean' },
        wasm: { type: 'boolean' },
      },
    })
  } catch (error) {
    throw new ConvokeError(`bench: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function selectLayers(filter: string | undefined, train: boolean): readonly Layer[] {
  return matching('layer', train ? layers.filter(({ set }) => set === 'networks') : layers, filter)
}

function matching<T extends { readonly name: string }>(
  kind: string,
  possible: readonly T[],
  filter: string | undefined,
): readonly T[] {
  let pattern: RegExp
  try {
    pattern = new RegExp(filter ?? '', 'iu')
  } catch {
    throw new ConvokeError(`bench: --filter ${JSON.stringify(filter)} is not a regular expression.`)
  }
  const chosen = possible.filter(({ name }) => pattern.test(name))
  const names = possible.map(({ name }) => name).join(', ')
  check(chosen.length > 0, () => `bench: no ${kind} matches --filter ${JSON.stringify(filter)}. There are: ${names}.`)
  return chosen
}

// The same networks in PyTorch, in a process of its own, started from Convoke's weights.

import { ConvokeError } from 'convoke/shapes'
import { libraryThreads, pytorchVariable, sentFloats, startPython } from '../peers/python.ts'
import { exampleOf, firstWeights, type Network } from './networks.ts'
import type { Step, Stepper } from './stepper.ts'

interface Hello {
  readonly version: string
  /** The vector instructions that it runs on, in its own words; null before 2.0. */
  readonly instructions: string | null
}

/** Said where it is missing. */
export const pytorchAdvice = `no Python with it here (Debian: python3-torch; or name one in ${pytorchVariable})`

function environmentOf(threads: number): NodeJS.ProcessEnv {
  // OpenBLAS chooses its kernels by itself, whatever was set for other programs. Nothing compiles beside the steps.
  const { OPENBLAS_CORETYPE: _, ...environment } = libraryThreads(threads)
  return { ...environment, TORCHINDUCTOR_COMPILE_THREADS: '1' }
}

/** Plain or, with `compiled`, through `torch.compile`. Throws where it cannot build or compile the network. */
export async function openPyTorch(network: Network, threads: number, compiled: boolean): Promise<Stepper> {
  const python = await startPython<Hello>({
    ...{ name: 'PyTorch', module: 'torch', script: 'train-step/pytorch.py' },
    ...{ variable: pytorchVariable, environment: environmentOf(threads) },
  })
  if (python === null) throw new ConvokeError(`PyTorch: ${pytorchAdvice}.`)
  const ask = async <T>(request: object): Promise<T> => {
    const answer = await python.ask<T & { readonly error?: string }>(request)
    if (answer.error !== undefined) throw new ConvokeError(`PyTorch: ${answer.error}`)
    return answer
  }
  try {
    const { batch, side, channels, classes, plan, optimizer, learningRate } = network
    await ask({ plan: { ...plan, channels, classes }, threads })
    const model = firstWeights(network)
    // One by one: a message with all weights would count for its memory.
    for (const [name, value] of Object.entries(model.state())) {
      const data = sentFloats(Float32Array.from(await value.data()))
      await ask({ weight: { name, data, shape: value.shape } })
    }
    const { pictures, labels } = exampleOf(network)
    await ask({
      begin: {
        ...{ pictures: sentFloats(pictures), shape: [batch, side, side, channels], labels: [...labels] },
        ...{ optimizer, learning_rate: learningRate, compiled },
      },
    })
  } catch (error) {
    await python.close()
    throw error
  }
  const { version, instructions } = python.hello
  return {
    environment: `PyTorch ${version}${instructions === null ? '' : ` (${instructions})`}`,
    step: () => ask<Step>({ step: true }),
    memory: async () => (await ask<{ memory: number | null }>({ memory: true })).memory ?? undefined,
    close: python.close,
  }
}

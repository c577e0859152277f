import type { Command } from 'commander'
import { addNetworkOptions, addThreads } from '../options/training-options.ts'

const collect = (value: string, previous: readonly string[]): readonly string[] => [...previous, value]

export function addScale(program: Command): void {
  const command = program
    .command('scale')
    .summary('how fast a network would train on more machines')
    .description(
      `Takes some training steps of a network that classifies pictures, measures what one rank computes and when its gradients are known, and plans the training for 1 to 1,024 ranks: time a step, examples a second, efficiency, memory a rank, the share of communication that is hidden behind computing, and what more ranks lose the most time to.

Started by mpirun it measures the network between its ranks as well, and a step of them together, beside which the model is held. For other networks and your own data: convoke train … --plan.`,
    )
    .requiredOption('-n, --network <name>', 'resnet18, mobilenetv2, …: what convoke train classify --model takes')
    .option('--model-option <name=value>', 'option of the network: stem="imagenet"; repeat it for several', collect, [])
    .option('--size <n>', 'height and width of the pictures', '224')
    .option('--channels <n>', 'of the pictures', '3')
    .option('--classes <n>', 'to tell apart', '1000')
    .option('-b, --batch-size <n>', 'examples of a rank in a step', '16')
    .option('--global-batch <n>', 'examples of all ranks together in a step, which they share; instead of --batch-size')
    .option('--sync-batch-norm', 'normalise over the examples of all ranks', false)
    .option('--wire <type>', 'gradients while they travel: float32, bfloat16')
  addNetworkOptions(command)
  addThreads(command)
    .option('--json', 'print as JSON: seconds, bytes, bytes a second', false)
    .addHelpText(
      'after',
      `
Examples:
  $ convoke scale --network resnet18 --size 32 --batch-size 8 --bandwidth 10Gbit --latency 20us
  $ convoke scale --network mobilenetv2 --size 32 --classes 10 --global-batch 64 --json

On several ranks: mpirun -n 2 npx convoke scale --network resnet18 --size 64`,
    )
    .action(async (options) => {
      const { runScale } = await import('../scale/run.ts')
      await runScale(options)
    })
}

// Runs in worker threads that `feedingFor` starts: prepares and augments the examples that it is sent.

import { data } from 'convoke'
import { serveMap } from 'convoke/node'
import type { RunConfig } from './config.ts'
import type { Examples, TaskName } from './data/opened.ts'
import { kitOf } from './kits/index.ts'

serveMap((config: RunConfig) => {
  const kit = kitOf(config.task)
  const augment = kit.augment(config)
  return {
    prepare: (example: Examples[TaskName]) => kit.ready(config, data.fromExamples([example])).get(0),
    ...(augment !== undefined && { augment }),
  }
})

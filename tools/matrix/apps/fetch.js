import * as convoke from 'convoke'
import { compute } from './compute.mjs'

export default { fetch: async () => Response.json(await compute(convoke)) }

import * as convoke from 'convoke'
import { compute } from './compute.mjs'

console.log(JSON.stringify(await compute(convoke)))

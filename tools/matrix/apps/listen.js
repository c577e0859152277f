import * as convoke from 'convoke'
import { compute } from './compute.mjs'

addEventListener('fetch', (event) => event.respondWith(compute(convoke).then((answer) => Response.json(answer))))

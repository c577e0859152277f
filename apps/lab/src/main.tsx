import './styles/base.css'
import './styles/controls.css'
import './styles/page.css'
import { render } from 'preact'
import { place } from './shell/location.ts'
import { loadHome, Shell } from './shell/shell.tsx'
import { isViewName, loadView } from './views/views.ts'

// The view that the address names loads while the frame is drawn; whether it could be is said where it is shown.
const { view } = place.peek()
const first = isViewName(view) ? loadView[view]() : loadHome()
first.catch(() => {})

const root = document.getElementById('lab')
if (root !== null) render(<Shell />, root)

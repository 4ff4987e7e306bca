import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import 'uplot/dist/uPlot.min.css'
import './styles/index.css'
import { App } from './app/App'
import { readBoot } from './app/boot'
import { ErrorBoundary } from './app/ErrorBoundary'
import { preload } from './app/pages'
import { adoptPreferences } from './app/preferences'
import { decoded, matchRoute } from './app/router'
import { startTheme } from './app/theme'
import favicon from './favicon.svg'
import { LanguageProvider } from './i18n'

/** Takes the one-time token out of the address bar, so that it is neither bookmarked nor seen over a shoulder. */
function takeSetupToken(): string | null {
  if (location.pathname !== '/setup' || location.hash.length < 2) return null
  const token = decoded(location.hash.slice(1))
  history.replaceState(null, '', location.pathname)
  return token
}

/** The page brings its icon along; a page of somebody else's gets it here. */
function addFavicon(): void {
  if (document.querySelector('link[rel~="icon"]')) return
  const link = document.createElement('link')
  link.rel = 'icon'
  link.href = favicon
  document.head.append(link)
}

const root = document.getElementById('root')
if (!root) throw new Error('the page has no #root')
const boot = readBoot()
startTheme()
adoptPreferences(boot.user?.preferences ?? null, null)
addFavicon()
preload(matchRoute(location.pathname).page)
createRoot(root).render(
  <StrictMode>
    <LanguageProvider>
      <ErrorBoundary>
        <App boot={boot} setupToken={takeSetupToken()} />
      </ErrorBoundary>
    </LanguageProvider>
  </StrictMode>,
)

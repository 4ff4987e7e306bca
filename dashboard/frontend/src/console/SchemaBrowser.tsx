import { useState } from 'react'
import type { Loaded } from '../app/useLoaded'
import type { Relation, Schema } from '../client/query/api'
import { Icon } from '../components/Icon'
import { useLanguage } from '../i18n'
import { useLocalText } from './useQueries'

export interface SchemaBrowserProps {
  schema: Loaded<Schema>
  /** Puts a name into the statement. */
  onInsert: (name: string) => void
  /** Writes and runs a first look at a view. */
  onPreview: (relation: string) => void
}

/** Everything that can be asked: views, their columns, types and what they mean. */
export function SchemaBrowser({ schema, onInsert, onPreview }: SchemaBrowserProps) {
  const { t } = useLanguage()
  const [search, setSearch] = useState('')
  if (schema.error) return <p className="side-empty">{t('console.side.failed')}</p>
  if (!schema.data) return <p className="side-empty">{t('app.loading')}</p>
  const wanted = search.trim().toLowerCase()
  const found = schema.data.relations.filter(
    ({ name, columns }) =>
      name.toLowerCase().includes(wanted) ||
      columns.some((column) => column.name.toLowerCase().includes(wanted)),
  )
  return (
    <>
      <input
        className="side-search"
        type="search"
        value={search}
        aria-label={t('console.schema.search')}
        placeholder={t('console.schema.search')}
        onChange={(event) => setSearch(event.target.value)}
      />
      <ul className="schema">
        {found.map((relation) => (
          <RelationItem
            key={relation.name}
            relation={relation}
            open={wanted !== '' || found.length === 1}
            onInsert={onInsert}
            onPreview={onPreview}
          />
        ))}
      </ul>
    </>
  )
}

interface RelationItemProps {
  relation: Relation
  open: boolean
  onInsert: (name: string) => void
  onPreview: (relation: string) => void
}

function RelationItem({ relation, open, onInsert, onPreview }: RelationItemProps) {
  const { t } = useLanguage()
  const local = useLocalText()
  const description = local(relation.description)
  return (
    <li>
      <details open={open || undefined}>
        <summary>
          <Icon name="chevron" />
          <span className="schema-name">{relation.name}</span>
          <span className="schema-count">{relation.columns.length}</span>
        </summary>
        {description && <p className="schema-about">{description}</p>}
        <button type="button" className="link-button" onClick={() => onPreview(relation.name)}>
          {t('console.schema.preview')}
        </button>
        <ul className="schema-columns">
          {relation.columns.map((column) => (
            <li key={column.name}>
              <button
                type="button"
                title={local(column.description) || t('console.schema.insert', { name: column.name })}
                onClick={() => onInsert(column.name)}
              >
                <span className="schema-column">{column.name}</span>
                <span className="schema-type">{[column.type, column.unit].filter(Boolean).join(' · ')}</span>
              </button>
            </li>
          ))}
        </ul>
      </details>
    </li>
  )
}

import type { Dialect } from './editor/setup'

/** The statement laid out anew. Loads the formatter on first use; throws where the text is no SQL that it knows. */
export async function formatSql(sql: string, dialect: Dialect): Promise<string> {
  const { formatDialect, postgresql, sqlite } = await import('sql-formatter')
  return formatDialect(sql, {
    dialect: dialect === 'postgresql' ? postgresql : sqlite,
    keywordCase: 'upper',
    tabWidth: 2,
    paramTypes: { named: [':'] },
  })
}

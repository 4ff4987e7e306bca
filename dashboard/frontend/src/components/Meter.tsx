/** A labelled bar whose fill (`data-meter`) and number (`data-live`) somebody else writes. */
export function Meter({ label, name }: { label: string; name: string }) {
  return (
    <span className="meter">
      <span className="meter-label">{label}</span>
      <span className="meter-track" aria-hidden="true">
        <span className="meter-fill" data-meter={name} />
      </span>
      <span className="meter-value" data-live={name}>
        –
      </span>
    </span>
  )
}

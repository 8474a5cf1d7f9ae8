import type { StudyPage, Value } from '../../api/portal.ts';
import { valueText } from '../../grid/values.ts';
import { formatDate } from '../../ui/dates.ts';
import { Empty } from '../../ui/empty.tsx';
import { keyed } from '../../ui/keys.ts';
import { reachable } from '../../ui/reachable.ts';

/** The attributes of the study itself, in the order of its template. */
export function StudyAttributes({ page }: { page: StudyPage }) {
  const { summary, attributes, template } = page;
  return (
    <section className="study-scroll" aria-label="Attributes of the study" ref={reachable}>
      {attributes.length === 0 ? (
        <Empty title="No attributes yet">
          What is known of the study as a whole (title, source, design) is shown here once it is imported or edited.
        </Empty>
      ) : (
        <dl className="attributes card">
          {attributes.map(({ name, value, description, required }) => (
            <div key={name}>
              <dt>
                {name}
                {required && <span className="grid-required"> *</span>}
                {description && <small>{description}</small>}
              </dt>
              <dd>
                <AttributeValue value={value} required={required} />
              </dd>
            </div>
          ))}
        </dl>
      )}
      <p className="muted study-made">
        Made {formatDate(summary.createdAt)}, changed {formatDate(summary.changedAt)}
        {template && <> · template “{template.name}”</>}
      </p>
    </section>
  );
}

function AttributeValue({ value, required }: { value: Value; required: boolean }) {
  if (value === null || value === '') {
    return required ? <em className="grid-missing">No value</em> : <em className="muted">No value</em>;
  }
  const parts = Array.isArray(value) ? value : [value];
  return keyed(parts.map(valueText), (text) => text).map(({ key, item: text }) => {
    const link = /^https?:\/\/\S+$/.test(text);
    return (
      <div key={key}>
        {link ? (
          <a href={text} rel="noreferrer noopener">
            {text}
          </a>
        ) : (
          text
        )}
      </div>
    );
  });
}

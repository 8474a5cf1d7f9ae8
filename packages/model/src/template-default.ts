import content from '../content/default-template.json' with { type: 'json' };
import type { Template } from './template.ts';
import { parseTemplate } from './template-json.ts';

export const defaultTemplateName = 'Default Template';

/** What a study is called whose file gives no title. */
export const defaultStudyTitle = 'New Study';
export const studyTitleAttribute = 'Study Title';

/** The template that comes with the catalogue; its vocabularies are given by name and bound when it is saved. */
export function loadDefaultTemplate(): Template {
  const { template, findings } = parseTemplate(content, { name: defaultTemplateName });
  if (findings.length > 0) throw new Error(`The default template is wrong: ${findings[0]?.message}`);
  return template;
}

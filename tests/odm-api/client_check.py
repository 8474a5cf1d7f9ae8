"""Drives the official Python client against a running server and prints what its typed models made of the answers."""
import json
import sys
import time

import odm_api

host, token, access_token, links = sys.argv[1], sys.argv[2], sys.argv[3], json.loads(sys.argv[4])
client = odm_api.ApiClient(odm_api.Configuration(host=host, api_key={"Genestack-API-Token": token}))
bearer = odm_api.ApiClient(
    odm_api.Configuration(host=host, api_key={"Access-token": access_token}, api_key_prefix={"Access-token": "bearer"})
)
nobody = odm_api.ApiClient(odm_api.Configuration(host=host))
jobs = odm_api.DataImportJobsApi(client)
uploads = odm_api.DataImportViaDirectFileUploadApi(client)
operations = odm_api.JobOperationsApi(client)
linkage = odm_api.LinkageAsCuratorApi(client)


def finish(info):
    while operations.info(info.job_exec_id).status in ("STARTING", "RUNNING"):
        time.sleep(0.02)
    output = operations.output(info.job_exec_id)
    assert output.status == "COMPLETED", output
    return output.result.get("accession") or output.result["groupAccession"]


def refusal(call, *args, **kwargs):
    try:
        call(*args, **kwargs)
    except odm_api.exceptions.ApiException as error:
        return error.status
    return None


study = finish(jobs.start_import_study(body={"metadataLink": links["study"]}))
samples = finish(jobs.start_import_samples(body={"metadataLink": links["samples"], "source": "HTTP"}))
uploaded = finish(uploads.start_import_samples_multipart(file=("more samples.tsv", b"Sample Source ID\tSample Source\nX1\tlab\n")))
expression = finish(jobs.start_import_expression(body={"dataLink": links["gct"], "metadataLink": links["gctMetadata"]}))
variant = finish(
    uploads.start_import_variant_multipart(
        file=("variants.vcf", links["vcfText"].encode()), metadata_file=("variants.vcf.tsv", links["vcfMetadataText"].encode())
    )
)

odm_api.SampleIntegrationAsCuratorApi(client).create_sample_group_study_link_as_curator(samples, study)
odm_api.ExpressionIntegrationAsCuratorApi(client).create_expression_group_sample_group_link_as_curator(expression, samples)
odm_api.VariantIntegrationAsCuratorApi(client).create_variant_group_sample_group_link_as_curator(
    variant, samples, linking_attribute="Sample Source ID"
)

spot = odm_api.StudySPoTAsCuratorApi(client)
sample_page = odm_api.SampleIntegrationAsUserApi(bearer).get_samples_by_study_as_user(study, page_limit=2)
runs = odm_api.ExpressionSPoTAsCuratorApi(client).search_expression_runs_as_curator(expression)
pairs = odm_api.ExpressionIntegrationAsCuratorApi(client).get_expression_run_to_sample_pairs_as_curator(expression)
edited = spot.update_study_as_curator(study, body={"Target Disease": None, "Phase": 2, "Keywords": ["a,b", "c"]})
versions = spot.get_study_versions_as_curator(study)
as_reader = odm_api.StudySPoTAsUserApi(client)
before = as_reader.get_study_as_user(study, returned_metadata_fields="original_data_included")
task = odm_api.MetadataVersioningAsCuratorApi(client).publish_study_by_accession_as_curator(study, version_message="first")
while odm_api.TasksAPIApi(client).get_task_info(task.id).status not in ("DONE", "FAILED", "KILLED"):
    time.sleep(0.02)
after = as_reader.get_study_as_user(study, returned_metadata_fields="original_data_included")
summary = odm_api.ValidationSummaryAsCuratorApi(client).get_study_validation_summary(study)
search = odm_api.StudyIntegrationAsUserApi(client).search_studies_by_filter_as_user(
    odm_api.SearchStudyRequest.from_dict({"filters": [{"type": "FULL_TEXT", "match": "HG00119", "mode": "STRICT"}], "page": {"offset": 0, "limit": 5}})
)

print(
    json.dumps(
        {
            "study": study,
            "samples": samples,
            "uploaded": len(odm_api.SampleSPoTAsCuratorApi(client).search_samples_as_curator(filter='"groupId"=' + uploaded).data),
            "listed": [s["genestack:accession"] for s in spot.search_studies_as_curator(sort="+name", filter=f'"genestack:accession"="{study}"').data],
            "pagination": sample_page.meta.pagination.to_dict(),
            "runs": [r["Sample Source ID"] for r in runs.data],
            "pairs": len(pairs.data),
            "edited": {k: edited[k] for k in ("Phase", "Keywords") if k in edited},
            "removed": edited.get("Target Disease"),
            "versions": [v.message for v in versions],
            "before": before.get("Phase"),
            "after": after.get("Phase"),
            "invalid": [a.attribute_name for a in summary.samples[0].attributes],
            "found": [c.accession for c in search.objects_page.content],
            "types": linkage.get_data_types_as_curator(),
            "links": [
                [link.second_type, link.second_id] for link in map(odm_api.Link.from_dict, linkage.get_links_by_params_as_curator(first_id=samples, first_type="sampleGroup").data)
            ],
            "groups": [g.item_id for g in odm_api.VariantIntegrationAsCuratorApi(client).get_variant_groups_by_study_as_curator(study)],
            "variant": variant,
            "refusals": {
                "unknown id": refusal(spot.get_study_as_curator, "GSF1"),
                "nobody": refusal(odm_api.StudySPoTAsUserApi(nobody).get_study_as_user, study),
                "duplicate": refusal(jobs.start_import_study, body={"metadataLink": links["study"]}),
                "no link": refusal(
                    odm_api.SampleIntegrationAsCuratorApi(client).delete_sample_group_study_link_as_curator, uploaded, study
                ),
                "wrong sort": refusal(spot.search_studies_as_curator, filter="=="),
                "deletion": refusal(odm_api.ManageDataApi(client).delete_data, accessions=[study]),
            },
        }
    )
)

// What a user writes who has generated types from the merged document: it has to compile, and to run.
import createClient from "openapi-fetch";
import type { components, paths } from "./orthanc.ts";

type Schemas = components["schemas"];
type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles only if the two types are the same. */
function same<A, B>(_: Equal<A, B>): void {}

/** What an operation answers, if it is no error. */
function answer<T>(result: { data?: T; error?: Schemas["ErrorInfo"] }): T {
  if (result.data === undefined) {
    throw new Error(result.error?.Message ?? "an error without a body");
  }
  return result.data;
}

/** Uploads a DICOM file, looks it up in several ways, and returns what was seen. */
export async function tour(baseUrl: string, authorization: string, file: Uint8Array<ArrayBuffer>) {
  const client = createClient<paths>({ baseUrl, headers: { Authorization: authorization } });

  const system = answer(await client.GET("/system"));
  same<typeof system.Version, string>(true);
  same<typeof system.ApiVersion, number>(true);

  const uploaded = answer(
    await client.POST("/instances", {
      body: "",
      bodySerializer: () => new Blob([file]),
      headers: { "Content-Type": "application/dicom" },
    }),
  );
  if (Array.isArray(uploaded) || uploaded.ID === undefined) {
    throw new Error("one file is one instance");
  }
  same<typeof uploaded.Status, "Success" | "AlreadyStored" | "FilteredOut" | "Failure" | "StorageFull">(true);

  const found = answer(
    await client.POST("/tools/find", {
      body: { Level: "Study", Query: { PatientID: "*" }, Expand: true },
    }),
  );
  const either: (string | Schemas["PartialResource"] | Schemas["ResourceInfo"])[] = found;
  const studies = either.filter((one) => typeof one !== "string");

  const path = { id: uploaded.ParentStudy };
  const study = answer(await client.GET("/studies/{id}", { params: { path } }));
  same<typeof study.Type, "Study">(true);
  same<typeof study.Series, string[]>(true);
  const description = study.MainDicomTags["StudyDescription"]; // what it is depends on `short` and `full`

  const statistics = answer(await client.GET("/studies/{id}/statistics", { params: { path } }));
  same<typeof statistics.DiskSize, string>(true); // a number, as text

  const instance = { id: uploaded.ID };
  const named = answer(
    await client.GET("/instances/{id}/tags", { params: { path: instance, query: { simplify: true } } }),
  );
  const numbered = answer(await client.GET("/instances/{id}/tags", { params: { path: instance } }));

  const archive = answer(
    await client.GET("/studies/{id}/archive", { params: { path }, parseAs: "arrayBuffer" }),
  );
  same<typeof archive, ArrayBuffer>(true);

  const refused = await client.POST("/tools/find", {
    body: { Level: "Study", Query: { StudyInstanceUID: "*" } }, // no wildcards in UIDs
  });
  const error: Schemas["ErrorInfo"] | undefined = refused.error;

  return {
    version: system.Version,
    status: uploaded.Status,
    found: studies.length,
    description,
    instances: statistics.CountInstances,
    named: Object.hasOwn(named, "PatientID"),
    numbered: Object.hasOwn(numbered, "0010,0020"),
    archive: String.fromCharCode(...new Uint8Array(archive, 0, 2)),
    refused: error?.OrthancStatus,
  };
}

/** Does not compile, line by line; it is never called. */
export async function mistakes(client: ReturnType<typeof createClient<paths>>): Promise<void> {
  // @ts-expect-error: no such route
  await client.GET("/study");
  // @ts-expect-error: the identifier is missing
  await client.GET("/studies/{id}");
  // @ts-expect-error: no such level
  await client.POST("/tools/find", { body: { Level: "Visit", Query: {} } });
  // @ts-expect-error: no such field
  await client.POST("/tools/find", { body: { Level: "Study", Query: {}, Limits: 1 } });
  // @ts-expect-error: the query is missing
  await client.POST("/tools/find", { body: { Level: "Study" } });
  // @ts-expect-error: no such method
  await client.PUT("/studies/{id}", { params: { path: { id: "a" } } });
  const path = { id: "a" };
  // @ts-expect-error: the server takes ?simplify=false for yes
  await client.GET("/instances/{id}/tags", { params: { path, query: { simplify: false } } });
  const study = answer(await client.GET("/studies/{id}", { params: { path } }));
  // @ts-expect-error: a study has no such field
  study.PatientName;
  // @ts-expect-error: a list, not its length
  study.Series + 1;
}

#include "store/results_schema.h"

#include "store/h5.h"

/* clang-format off */
#define CASE_AXES 1, {AXIS_CASE}
#define JOB_AXES 3, {AXIS_CASE, AXIS_ALPHA, AXIS_ABLATION}
#define SPLIT_AXES 2, {AXIS_CASE, AXIS_ALPHA}
#define MODE_AXES 2, {AXIS_CASE, AXIS_MODE}
#define PARTITION_AXES 2, {AXIS_CASE, AXIS_PARTITION}
#define PARTITION_JOB_AXES 3, {AXIS_CASE, AXIS_PARTITION, AXIS_ABLATION}

/* name, type, fill, axes, is a scale, units, long name */
const struct variable VARIABLES[VAR_COUNT] = {
    [VAR_CASE] = {"case", VALUE_I64, FILL_ZERO, CASE_AXES, true, "1", "number of the (model, task) pair"},
    [VAR_ALPHA] = {"alpha", VALUE_F64, FILL_NAN, 1, {AXIS_ALPHA}, true, "1",
                   "threshold of the sector split, relative to the spectral radius"},
    [VAR_ABLATION] = {"ablation", VALUE_TEXT, FILL_ZERO, 1, {AXIS_ABLATION}, true, "1",
                      "set of couplings removed from the Schur form"},
    [VAR_COUPLING] = {"coupling", VALUE_TEXT, FILL_ZERO, 1, {AXIS_COUPLING}, true, "1",
                    "coupling: RR and CC within a sector, CR rows R and columns C"},
    [VAR_MODE] = {"mode", VALUE_I64, FILL_ZERO, 1, {AXIS_MODE}, true, "1",
                  "position on the diagonal of the ordered Schur form"},
    [VAR_PARTITION] = {"partition", VALUE_I64, FILL_ZERO, 1, {AXIS_PARTITION}, true, "1",
                       "number of a partition of the ordered spectrum, from 1"},
    [VAR_MODEL] = {"model", VALUE_TEXT, FILL_ZERO, CASE_AXES, false, "1", "model file, relative to the study"},
    [VAR_TASK] = {"task", VALUE_TEXT, FILL_ZERO, CASE_AXES, false, "1", "task the model was evaluated on"},
    [VAR_CONSTRUCTION] = {"construction", VALUE_TEXT, FILL_ZERO, CASE_AXES, false, "1",
                          "construction of the recurrent matrix"},
    [VAR_HIDDEN] = {"hidden", VALUE_I32, FILL_ZERO, CASE_AXES, false, "1", "width of the network"},
    [VAR_SEED] = {"seed", VALUE_I64, FILL_ZERO, CASE_AXES, false, "1", "seed of the model, -1 if unknown"},
    [VAR_MODEL_IDENTITY] = {"model_identity", VALUE_TEXT, FILL_ZERO, CASE_AXES, false, "1",
                            "hash of what determines the model and its own trials"},
    [VAR_FVU] = {"fvu", VALUE_F64, FILL_NAN, JOB_AXES, false, "1", "fraction of variance unexplained"},
    [VAR_DELTA_FVU] = {"delta_fvu", VALUE_F64, FILL_NAN, JOB_AXES, false, "1",
                       "change of fvu against the full model"},
    [VAR_ACCURACY] = {"accuracy", VALUE_F64, FILL_NAN, JOB_AXES, false, "1",
                      "share of right signs, NaN for tasks measured by fvu alone"},
    [VAR_DISTANCE] = {"distance", VALUE_F64, FILL_NAN, JOB_AXES, false, "1",
                      "distance of the answers from those of the full model"},
    [VAR_REMOVED_MASS] = {"removed_mass", VALUE_F64, FILL_NAN, JOB_AXES, false, "1",
                          "Frobenius norm removed, relative to that of the Schur form"},
    [VAR_SENSITIVITY] = {"sensitivity", VALUE_F64, FILL_NAN, JOB_AXES, false, "1",
                         "delta_fvu over removed_mass, NaN at zero mass"},
    [VAR_SECONDS] = {"seconds", VALUE_F64, FILL_NAN, JOB_AXES, false, "s",
                     "time of the rollout, 0 in jobs that share it"},
    [VAR_STABILIZER] = {"stabilizer", VALUE_U8, FILL_MARKED, JOB_AXES, false, "1",
                        "1 when distance is at most epsilon"},
    [VAR_ERROR] = {"error", VALUE_U16, FILL_ZERO, JOB_AXES, false, "1", "error code of a failed job, 0 for none"},
    [VAR_CHECKSUM] = {"checksum", VALUE_U64, FILL_ZERO, JOB_AXES, false, "1",
                      "XXH3 over the index and values of the job"},
    [VAR_STATE] = {"state", VALUE_U8, FILL_ZERO, JOB_AXES, false, "1", "0 pending, 1 done, 2 failed"},
    [VAR_N_R] = {"n_r", VALUE_I32, FILL_MARKED, SPLIT_AXES, false, "1",
                         "dimension n_R of the leading sector"},
    [VAR_ALPHA_GAP] = {"alpha_gap", VALUE_F64, FILL_NAN, SPLIT_AXES, false, "1",
                       "smallest distance of a modulus from the threshold, relative to the spectral radius"},
    [VAR_COUPLING_MASS] = {"coupling_mass", VALUE_F64, FILL_NAN, 3, {AXIS_CASE, AXIS_ALPHA, AXIS_COUPLING}, false, "1",
                         "Frobenius norm of a coupling, relative to that of the Schur form"},
    [VAR_SPECTRAL_RADIUS] = {"spectral_radius", VALUE_F64, FILL_NAN, CASE_AXES, false, "1",
                             "largest modulus of an eigenvalue"},
    [VAR_NONNORMALITY] = {"nonnormality", VALUE_F64, FILL_NAN, CASE_AXES, false, "1",
                       "Henrici's nonnormality from normality, relative to the Frobenius norm"},
    [VAR_SCHUR_RESIDUAL] = {"schur_residual", VALUE_F64, FILL_NAN, CASE_AXES, false, "1",
                            "certificate: residual of W = Q T Q', relative"},
    [VAR_ORTHOGONALITY_LOSS] = {"orthogonality_loss", VALUE_F64, FILL_NAN, CASE_AXES, false, "1",
                           "certificate: Frobenius norm of Q'Q - I over sqrt(hidden)"},
    [VAR_MODULUS_GAP] = {"modulus_gap", VALUE_F64, FILL_NAN, CASE_AXES, false, "1",
                         "smallest gap of neighbouring moduli, relative to the spectral radius"},
    [VAR_SCHUR_ROUTE] = {"schur_route", VALUE_U8, FILL_MARKED, CASE_AXES, false, "1",
                         "Schur form by 0 LAPACK, 1 ScaLAPACK, 2 LAPACK after ScaLAPACK had failed"},
    [VAR_WEIGHTS_HASH] = {"weights_hash", VALUE_U64, FILL_ZERO, CASE_AXES, false, "1", "XXH3 over all weights"},
    [VAR_CONVERGED] = {"converged", VALUE_I8, FILL_MARKED, CASE_AXES, false, "1",
                       "1 when training reached its target"},
    [VAR_TRAIN_METRIC] = {"train_metric", VALUE_F64, FILL_NAN, CASE_AXES, false, "1", "final metric of training"},
    [VAR_TRAIN_LOSS] = {"train_loss", VALUE_F64, FILL_NAN, CASE_AXES, false, "1", "final loss of training"},
    [VAR_TRAIN_STEPS] = {"train_steps", VALUE_I32, FILL_MARKED, CASE_AXES, false, "1", "steps of training"},
    [VAR_TRAIN_SECONDS] = {"train_seconds", VALUE_F64, FILL_NAN, CASE_AXES, false, "s", "time of training"},
    [VAR_CASE_CHECKSUM] = {"case_checksum", VALUE_U64, FILL_ZERO, CASE_AXES, false, "1",
                           "XXH3 over the index and values of the case"},
    [VAR_CASE_STATE] = {"case_state", VALUE_U8, FILL_ZERO, CASE_AXES, false, "1",
                        "spectral values of the case: 0 pending, 1 done, 2 failed"},
    [VAR_MESSAGE] = {"message", VALUE_TEXT, FILL_ZERO, CASE_AXES, false, "1", "why the case failed"},
    [VAR_EIGENVALUE_RE] = {"eigenvalue_re", VALUE_F64, FILL_NAN, MODE_AXES, false, "1",
                           "real part of the eigenvalues in Schur order"},
    [VAR_EIGENVALUE_IM] = {"eigenvalue_im", VALUE_F64, FILL_NAN, MODE_AXES, false, "1",
                           "imaginary part of the eigenvalues in Schur order"},
    [VAR_ALPHA_LOW] = {"alpha_low", VALUE_F64, FILL_NAN, PARTITION_AXES, false, "1",
                       "a partition holds for alphas above this one"},
    [VAR_ALPHA_HIGH] = {"alpha_high", VALUE_F64, FILL_NAN, PARTITION_AXES, false, "1",
                        "a partition holds for alphas up to this one"},
    [VAR_PARTITION_N_R] = {"partition_n_r", VALUE_I32, FILL_MARKED, PARTITION_AXES, false, "1",
                                 "dimension n_R of the leading sector of a partition"},
    [VAR_PARTITION_FVU] = {"partition_fvu", VALUE_F64, FILL_NAN, PARTITION_JOB_AXES, false, "1",
                         "fraction of variance unexplained, by partition"},
    [VAR_PARTITION_DELTA_FVU] = {"partition_delta_fvu", VALUE_F64, FILL_NAN, PARTITION_JOB_AXES, false, "1",
                               "change of fvu against the full model, by partition"},
    [VAR_PARTITION_ACCURACY] = {"partition_accuracy", VALUE_F64, FILL_NAN, PARTITION_JOB_AXES, false, "1",
                              "share of right signs, by partition"},
    [VAR_PARTITION_DISTANCE] = {"partition_distance", VALUE_F64, FILL_NAN, PARTITION_JOB_AXES, false, "1",
                              "distance of the answers from those of the full model, by partition"},
    [VAR_PARTITION_REMOVED_MASS] = {"partition_removed_mass", VALUE_F64, FILL_NAN, PARTITION_JOB_AXES, false, "1",
                                  "Frobenius norm removed, relative, by partition"},
    [VAR_PARTITION_SENSITIVITY] = {"partition_sensitivity", VALUE_F64, FILL_NAN, PARTITION_JOB_AXES, false, "1",
                                 "partition_delta_fvu over partition_removed_mass, NaN at zero mass"},
    [VAR_PARTITION_SECONDS] = {"partition_seconds", VALUE_F64, FILL_NAN, PARTITION_JOB_AXES, false, "s",
                             "time of the rollout of a partition, 0 in jobs that share it"},
    [VAR_PARTITION_STABILIZER] = {"partition_stabilizer", VALUE_U8, FILL_MARKED, PARTITION_JOB_AXES, false, "1",
                                "1 when partition_distance is at most epsilon"},
    [VAR_PARTITION_ERROR] = {"partition_error", VALUE_U16, FILL_ZERO, PARTITION_JOB_AXES, false, "1",
                           "error code of a failed job of a partition, 0 for none"},
    [VAR_PARTITION_CHECKSUM] = {"partition_checksum", VALUE_U64, FILL_ZERO, PARTITION_JOB_AXES, false, "1",
                              "XXH3 over the index and values of the job of a partition"},
    [VAR_PARTITION_STATE] = {"partition_state", VALUE_U8, FILL_ZERO, PARTITION_JOB_AXES, false, "1",
                           "0 pending or no such partition, 1 done, 2 failed"},
};
/* clang-format on */

bool variable_is_there(enum variable_id id, const hsize_t lengths[AXIS_COUNT])
{
    for (int i = 0; i < VARIABLES[id].n_axes; i++) {
        if (VARIABLES[id].axes[i] == AXIS_PARTITION && lengths[AXIS_PARTITION] == 0) {
            return false;
        }
    }
    return true;
}

void results_axis_lengths(const struct sweep *sweep, hsize_t lengths[AXIS_COUNT])
{
    lengths[AXIS_CASE] = (hsize_t)sweep->n_cases;
    lengths[AXIS_ALPHA] = (hsize_t)sweep->n_alphas;
    lengths[AXIS_ABLATION] = (hsize_t)sweep->n_ablations;
    lengths[AXIS_COUPLING] = COUPLING_COUNT;
    lengths[AXIS_MODE] = (hsize_t)sweep_max_hidden(sweep);
    lengths[AXIS_PARTITION] = (hsize_t)sweep->n_partitions;
}

hid_t value_memory_type(enum value_type type)
{
    switch (type) {
    case VALUE_F64:
        return H5T_IEEE_F64LE;
    case VALUE_I64:
        return H5T_STD_I64LE;
    case VALUE_I32:
        return H5T_STD_I32LE;
    case VALUE_U64:
        return H5T_STD_U64LE;
    case VALUE_U16:
        return H5T_STD_U16LE;
    case VALUE_U8:
        return H5T_STD_U8LE;
    case VALUE_I8:
        return H5T_STD_I8LE;
    case VALUE_TEXT:
        break;
    }
    return H5I_INVALID_HID;
}

size_t value_size(enum value_type type)
{
    return type == VALUE_TEXT ? 0 : H5Tget_size(value_memory_type(type));
}

hid_t epoch_type(void)
{
    const hid_t host = h5_string_type(RESULTS_HOST_SIZE);
    const hid_t job = h5_string_type(RESULTS_JOB_SIZE);
    const hid_t type = H5Tcreate(H5T_COMPOUND, sizeof(struct epoch));
    (void)H5Tinsert(type, "start_time", HOFFSET(struct epoch, start_time), H5T_STD_I64LE);
    (void)H5Tinsert(type, "end_time", HOFFSET(struct epoch, end_time), H5T_STD_I64LE);
    (void)H5Tinsert(type, "done_at_start", HOFFSET(struct epoch, done_at_start), H5T_STD_I64LE);
    (void)H5Tinsert(type, "n_ranks", HOFFSET(struct epoch, n_ranks), H5T_STD_I32LE);
    (void)H5Tinsert(type, "host", HOFFSET(struct epoch, host), host);
    (void)H5Tinsert(type, "job", HOFFSET(struct epoch, job), job);
    (void)H5Tclose(host);
    (void)H5Tclose(job);
    return type;
}
